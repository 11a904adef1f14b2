mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  environment               = "prod"
  packages_dir              = "tests/packages"
  storefront                = { customer_identity = "jwt", jwt = { issuer = "https://identity.example.com", audience = ["storefront"] } }
  payment_provider_endpoint = "https://payments.example.com"
  payment_provider_api_key  = "key"
  alarm_destinations        = { on_call = { protocol = "email", endpoint = "on-call@example.com" } }
  sizing = {
    storefront_api   = { reserved_concurrency = 100 }
    webhooks         = { reserved_concurrency = 50 }
    pos_import       = { reserved_concurrency = 5 }
    payment_deadline = { reserved_concurrency = 2 }
    recorder         = { reserved_concurrency = 20 }
    relay            = { reserved_concurrency = 10 }
    finance          = { reserved_concurrency = 10 }
    warehouse        = { reserved_concurrency = 10 }
    customer_service = { reserved_concurrency = 10 }
  }
}

run "prod_with_all_its_guard_rails_can_be_planned" {
  command = plan

  assert {
    condition     = alltrue([for sizing in values(local.sizing) : sizing.reserved_concurrency != null])
    error_message = "Every function has its share of the concurrency."
  }
}

run "prod_without_a_guard_rail_is_refused" {
  command = plan

  variables {
    deletion_protection = false
    alarm_destinations  = {}
    stream_readers      = { expiry_audit = { package = "tests/packages/relay.zip" } }
    sizing = {
      storefront_api = { reserved_concurrency = 100 }
    }
  }

  expect_failures = [var.deletion_protection, var.alarm_destinations, var.stream_readers, var.sizing]
}

run "dev_needs_no_guard_rail" {
  command = plan

  variables {
    environment         = "dev"
    deletion_protection = false
    alarm_destinations  = {}
    sizing              = {}
  }

  assert {
    condition     = alltrue([for sizing in values(local.sizing) : sizing.reserved_concurrency == null])
    error_message = "A new account's quota is small: reserve nothing by default."
  }
}
