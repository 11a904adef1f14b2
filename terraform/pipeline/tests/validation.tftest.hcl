mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  environment               = "dev"
  packages_dir              = "tests/packages"
  storefront                = { customer_identity = "jwt", jwt = { issuer = "https://identity.example.com", audience = ["storefront"] } }
  payment_provider_endpoint = "https://payments.example.com"
  payment_provider_api_key  = "key"
}

run "project_with_capitals_is_refused" {
  command = plan

  variables {
    project = "Orderflow"
  }

  expect_failures = [var.project]
}

run "environment_with_a_hyphen_is_refused" {
  command = plan

  variables {
    environment = "dev-2"
  }

  expect_failures = [var.environment]
}

run "missing_package_is_refused" {
  command = plan

  variables {
    packages_dir = "tests"
  }

  expect_failures = [var.packages_dir]
}

run "unknown_customer_identity_is_refused" {
  command = plan

  variables {
    storefront = { customer_identity = "none" }
  }

  expect_failures = [var.storefront]
}

run "believing_a_header_is_refused_outside_local" {
  command = plan

  variables {
    storefront = { customer_identity = "header" }
  }

  expect_failures = [var.storefront]
}

run "missing_token_issuer_is_refused" {
  command = plan

  variables {
    storefront = { customer_identity = "jwt" }
  }

  expect_failures = [var.storefront]
}

run "plain_http_to_the_payment_provider_is_refused_outside_local" {
  command = plan

  variables {
    payment_provider_endpoint = "http://127.0.0.1:4567"
  }

  expect_failures = [var.payment_provider_endpoint]
}

run "trailing_slash_of_the_payment_provider_is_refused" {
  command = plan

  variables {
    payment_provider_endpoint = "https://payments.example.com/"
  }

  expect_failures = [var.payment_provider_endpoint]
}

run "empty_payment_provider_api_key_is_refused" {
  command = plan

  variables {
    payment_provider_api_key = ""
  }

  expect_failures = [var.payment_provider_api_key]
}

run "plain_http_to_the_carrier_is_refused_outside_local" {
  command = plan

  variables {
    carrier_endpoint = "http://127.0.0.1:4568"
    carrier_api_key  = "key"
  }

  expect_failures = [var.carrier_endpoint]
}

run "carrier_without_its_api_key_is_refused" {
  command = plan

  variables {
    carrier_endpoint = "https://carrier.example.com"
  }

  expect_failures = [var.carrier_api_key]
}

run "no_call_per_second_is_refused" {
  command = plan

  variables {
    partner_calls_per_second = 0
  }

  expect_failures = [var.partner_calls_per_second]
}

run "payment_term_under_a_minute_is_refused" {
  command = plan

  variables {
    orders = { payment_term_seconds = 59 }
  }

  expect_failures = [var.orders]
}

run "orders_kept_for_no_day_are_refused" {
  command = plan

  variables {
    orders = { retention_days = 0 }
  }

  expect_failures = [var.orders]
}

run "sizing_of_an_unknown_function_is_refused" {
  command = plan

  variables {
    sizing = { accounting = { memory_mb = 512 } }
  }

  expect_failures = [var.sizing]
}

run "unknown_alarm_protocol_is_refused" {
  command = plan

  variables {
    alarm_destinations = { on_call = { protocol = "fax", endpoint = "1" } }
  }

  expect_failures = [var.alarm_destinations]
}

run "emulator_condition_keys_are_refused_outside_local" {
  command = plan

  variables {
    emulator_gaps = { condition_keys = ["events:source"] }
  }

  expect_failures = [var.emulator_gaps]
}

run "emulator_action_aliases_are_refused_outside_local" {
  command = plan

  variables {
    emulator_gaps = { action_aliases = { "sns:Publish" = ["sns:PublishBatch"] } }
  }

  expect_failures = [var.emulator_gaps]
}

run "forgotten_connection_keys_are_refused_outside_local" {
  command = plan

  variables {
    emulator_gaps = { forgets_connection_keys = true }
  }

  expect_failures = [var.emulator_gaps]
}
