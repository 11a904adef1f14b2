# Values for plans that are never applied: to check routes, policies and permissions.
account_id = "111122223333"

deployment = {
  kms_key_arn              = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  token_issuer             = "https://identity.shop.test"
  payment_provider         = "https://payments.shop.test"
  permissions_boundary_arn = "arn:aws:iam::111122223333:policy/boundary"
  alarm_destinations       = { on_call = { protocol = "email", endpoint = "on-call@shop.test" } }
}
