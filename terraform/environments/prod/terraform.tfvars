# Replace these values with yours; until then a plan reports what is missing.
account_id = "the account of prod"

deployment = {
  kms_key_arn        = "key_arns.prod of terraform/bootstrap"
  token_issuer       = "https://identity.example.com/prod"
  payment_provider   = "https://payments.example.com"
  alarm_destinations = { on_call = { protocol = "email", endpoint = "orders-on-call@example.com" } }
}
