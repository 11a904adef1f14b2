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

# A plan of the whole pipeline takes seconds, so each run tries several things that have nothing to do with each other.
run "names_that_aws_or_a_neighbour_would_trip_over_are_refused" {
  command = plan

  variables {
    project     = "Orderflow"
    environment = "dev-2"
  }

  expect_failures = [var.project, var.environment]
}

run "what_cannot_work_is_refused" {
  command = plan

  variables {
    packages_dir              = "tests"
    storefront                = { customer_identity = "none" }
    payment_provider_endpoint = "https://payments.example.com/"
    payment_provider_api_key  = ""
    carrier_endpoint          = "https://carrier.example.com/"
    partner_calls_per_second  = 0
    orders                    = { payment_term_seconds = 59 }
    sizing                    = { accounting = { memory_mb = 512 } }
    alarm_destinations        = { on_call = { protocol = "fax", endpoint = "1" } }
  }

  expect_failures = [var.packages_dir, var.storefront, var.payment_provider_endpoint, var.payment_provider_api_key, var.carrier_endpoint, var.partner_calls_per_second, var.orders, var.sizing, var.alarm_destinations]
}

run "plain_http_and_callers_without_tokens_are_refused" {
  command = plan

  variables {
    storefront                = { customer_identity = "header" }
    payment_provider_endpoint = "http://payments.example.com"
    carrier_endpoint          = "http://carrier.example.com"
    orders                    = { retention_days = 0 }
  }

  expect_failures = [var.storefront, var.payment_provider_endpoint, var.carrier_endpoint, var.orders]
}

run "stream_that_shows_nothing_known_is_refused" {
  command = plan

  variables {
    orders = { stream_view_type = "BOTH_IMAGES" }
  }

  expect_failures = [var.orders]
}

run "halves_of_a_pair_are_refused" {
  command = plan

  variables {
    storefront       = { customer_identity = "jwt" }
    carrier_endpoint = "https://carrier.example.com"
  }

  expect_failures = [var.storefront, var.carrier_api_key]
}

run "subscription_that_takes_the_name_of_a_consumer_is_refused" {
  command = plan

  variables {
    subscriptions = {
      finance = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:444455556666:finance" }
    }
  }

  expect_failures = [var.subscriptions]
}
