# Replace these values with yours; until then a plan reports what is missing.
account_id = "the account of staging"

deployment = {
  kms_key_arn        = "key_arns.staging of terraform/bootstrap"
  token_issuer       = "https://identity.example.com/staging"
  payment_provider   = "https://staging.payments.example.com"
  alarm_destinations = { team = { protocol = "email", endpoint = "orders-team@example.com" } }
}
