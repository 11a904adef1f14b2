mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  kms_key_arn      = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  environment      = "dev"
  storefront       = { jwt = { issuer = "https://identity.shop.test", audience = ["storefront"] } }
  payment_provider = { endpoint = "https://payments.shop.test", api_key = "key" }
}

run "changes_are_told_with_both_images" {
  command = plan

  assert {
    condition     = local.changes_can_be_told
    error_message = "By default the relay reads what was before and what is after."
  }
}

run "orders_wait_while_the_relay_could_not_read_the_stream" {
  command = plan

  variables { orders = { stream_view_type = "NEW_IMAGE" } }

  assert {
    condition     = !local.changes_can_be_told
    error_message = "Without the old image no change can be told, so none may be written."
  }
}
