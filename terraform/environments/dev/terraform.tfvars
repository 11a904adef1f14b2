# Replace these values with yours; until then a plan reports what is missing.
account_id = "the account of dev"

deployment = {
  kms_key_arn      = "key_arns.dev of terraform/bootstrap"
  token_issuer     = "https://identity.example.com/dev"
  payment_provider = "https://dev.payments.example.com"
}
