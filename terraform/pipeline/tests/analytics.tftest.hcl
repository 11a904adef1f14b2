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

# proves: analytics/path
run "every_event_of_the_bus_is_kept_where_it_is_asked_for" {
  command = plan
  variables { analytics = { retention_days = 30, buffer_seconds = 900, buffer_megabytes = 128 } }
  assert {
    condition     = jsondecode(module.analytics_rule["analytics"].event_pattern) == { version = ["0"], source = [{ anything-but = { prefix = "redrive." } }] }
    error_message = "Every event of every source must pass, but for redriven copies."
  }
  assert {
    condition     = module.analytics_rule["analytics"].rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-orders/orderflow-dev-analytics" && output.rules.analytics.name == "orderflow-dev-analytics"
    error_message = "The rule stands on our bus and is found by its role."
  }
  assert {
    condition     = output.analytics_bucket_name == "orderflow-dev-analytics-111122223333" && module.analytics_stream["analytics"].stream_name == "orderflow-dev-analytics"
    error_message = "Files go to a bucket of their own."
  }
  assert {
    condition     = local.dead_letters.rule.analytics.queue == "orderflow-dev-analytics-events-dlq"
    error_message = "What Firehose did not take must be found by the redrive."
  }
}
