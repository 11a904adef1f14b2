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

# A plan of the complete pipeline takes seconds, so each run tries several unrelated invalid values.
run "invalid_names_and_zero_retention_are_refused" {
  command = plan
  variables {
    project          = "Orderflow"
    environment      = "dev-2"
    analytics        = { retention_days = 0 }
    forwarded_events = { Till-files = { source = "aws.s3", detail_types = ["Object Created"] } }
  }
  expect_failures = [var.project, var.environment, var.analytics, var.forwarded_events]
}

run "invalid_endpoints_numbers_and_names_are_refused" {
  command = plan
  variables {
    payment_provider   = { endpoint = "https://payments.shop.test/", api_key = "", calls_per_second = 0 }
    carrier            = { endpoint = "https://carrier.shop.test/", api_key = "", calls_per_second = 301 }
    orders             = { payment_term_seconds = 29 }
    sizing             = { accounting = { memory_mb = 512 } }
    alarm_destinations = { on_call = { protocol = "fax", endpoint = "1" } }
    analytics          = { buffer_seconds = 10 }
    forwarded_events   = { till_files = { source = "orderflow.finance", detail_types = ["Object Created"] } }
    subscriptions      = { finance = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:444455556666:finance" } }
  }
  expect_failures = [var.payment_provider, var.carrier, var.orders, var.sizing, var.alarm_destinations, var.subscriptions, var.analytics, var.forwarded_events]
}

run "plain_http_missing_tokens_and_too_small_values_are_refused" {
  command = plan
  variables {
    storefront       = {}
    payment_provider = { endpoint = "http://payments.shop.test", api_key = "key" }
    carrier          = { endpoint = "http://carrier.shop.test", api_key = "key" }
    orders           = { retention_days = 0 }
    analytics        = { buffer_megabytes = 1 }
    forwarded_events = { till_files = { source = "aws.s3", detail_types = [] } }
  }
  expect_failures = [var.storefront, var.payment_provider, var.carrier, var.orders, var.analytics, var.forwarded_events]
}

run "a_third_reader_and_events_that_may_outlive_orders_are_refused" {
  command = plan
  variables {
    stream_readers = { expiry_audit = { package = "../../dist/relay.zip" }, search_index = { package = "../../dist/relay.zip" } }
    orders         = { retention_days = 47 }
    retention      = { archive_days = 30 }
  }
  expect_failures = [var.retention, var.stream_readers]
}

run "reused_names_and_scopes_and_invalid_values_are_refused" {
  command = plan
  variables {
    stream_readers   = { relay = { package = "../../dist/relay.zip" } }
    storefront       = { jwt = { issuer = "https://identity.shop.test", scopes = ["orders"] }, support_scope = "orders" }
    orders           = { stream_view_type = "BOTH_IMAGES" }
    forwarded_events = { till_files = { source = "aws.s3", detail_types = ["Object Created"], detail = "[]" } }
  }
  expect_failures = [var.storefront, var.orders, var.forwarded_events, var.stream_readers]
}
