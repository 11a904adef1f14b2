mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  kms_key_arn         = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  environment         = "prod"
  storefront          = { jwt = { issuer = "https://identity.shop.test", audience = ["storefront"] } }
  payment_provider    = { endpoint = "https://payments.shop.test", api_key = "key" }
  alarm_destinations  = { on_call = { protocol = "email", endpoint = "on-call@shop.test" } }
  reserve_concurrency = true
}

run "prod_with_every_safeguard_is_accepted" {
  command = plan
  assert {
    condition     = alltrue([for function in values(local.functions) : function.sizing.reserved_concurrency != null])
    error_message = "Every function must have reserved concurrency."
  }
}

run "prod_without_a_safeguard_is_refused" {
  command = plan
  variables {
    deletion_protection = false
    alarm_destinations  = {}
    stream_readers      = { expiry_audit = { package = "../../dist/relay.zip" } }
    reserve_concurrency = false
  }
  expect_failures = [var.deletion_protection, var.alarm_destinations, var.stream_readers, var.reserve_concurrency]
}
