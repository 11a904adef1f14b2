mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  environment      = "dev"
  storefront       = { jwt = { issuer = "https://identity.example.com", audience = ["storefront"] } }
  payment_provider = { endpoint = "https://payments.example.com", api_key = "key" }
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
