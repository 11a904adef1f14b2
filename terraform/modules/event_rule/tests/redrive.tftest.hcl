mock_provider "aws" {
  source          = "../../testing"
  override_during = plan
}

variables {
  name               = "orderflow-dev-payment"
  bus_name           = "orderflow-dev-orders"
  event_pattern      = "{\"source\":[\"orderflow.finance\"],\"detail-type\":[\"PaymentRequested\"]}"
  connection_secrets = { provider = "s3cret" }
  targets = {
    provider = {
      api_destination = {
        endpoint          = "https://payments.example.com/v1/payments"
        header_parameters = { "Idempotency-Key" = "$.detail.data.idempotency_key" }
        connection        = { api_key = { header = "X-Api-Key" } }
      }
      input = { path = "$.detail.data" }
      retry = { maximum_attempts = 7, maximum_age_seconds = 900 }
    }
    copy = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:copies" } }
  }
}

run "dead_letters_return_to_the_api_destination_alone" {
  command = plan

  assert {
    condition     = keys(aws_cloudwatch_event_rule.redrive) == ["provider"] && keys(aws_cloudwatch_event_target.this) == ["copy", "provider", "provider-redrive"]
    error_message = "Only an API destination needs a rule for the way back, and the other target must not see the event again."
  }

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.redrive["provider"].event_pattern) == {
      account       = ["111122223333"]
      source        = ["redrive.orderflow-dev-payment.provider"]
      "replay-name" = [{ exists = false }]
    } && aws_cloudwatch_event_rule.redrive["provider"].event_bus_name == "orderflow-dev-orders" && output.redrive_sources == { provider = "redrive.orderflow-dev-payment.provider" }
    error_message = "The redrive rule must match its own source on the same bus, of this account, and nothing replayed."
  }
}

run "dead_letters_are_sent_as_the_first_time" {
  command = plan

  assert {
    condition     = aws_cloudwatch_event_target.this["provider-redrive"].arn == aws_cloudwatch_event_target.this["provider"].arn && aws_cloudwatch_event_target.this["provider-redrive"].role_arn == aws_cloudwatch_event_target.this["provider"].role_arn && aws_cloudwatch_event_target.this["provider-redrive"].input_path == "$.detail.data"
    error_message = "The same destination must get the same part of the event."
  }

  assert {
    condition     = one(aws_cloudwatch_event_target.this["provider-redrive"].http_target).header_parameters == tomap({ "Idempotency-Key" = "$.detail.data.idempotency_key" })
    error_message = "The receiver must be able to tell that it has seen the call before."
  }

  assert {
    condition     = one(aws_cloudwatch_event_target.this["provider-redrive"].retry_policy).maximum_retry_attempts == 7 && one(aws_cloudwatch_event_target.this["provider-redrive"].dead_letter_config).arn == module.dead_letter_queue["provider"].queue.arn
    error_message = "What fails again must be retried as before and come back to the same dead-letter queue."
  }
}

run "the_redrive_rule_may_use_the_role_and_the_dead_letter_queue_of_its_target_only" {
  command = plan

  assert {
    condition     = strcontains(aws_iam_role.target["provider"].assume_role_policy, "rule/orderflow-dev-orders/orderflow-dev-payment-provider-redrive")
    error_message = "The role must trust the redrive rule."
  }

  assert {
    condition     = strcontains(module.dead_letter_queue["provider"].settings.policy, "rule/orderflow-dev-orders/orderflow-dev-payment-provider-redrive") && !strcontains(module.dead_letter_queue["copy"].settings.policy, "redrive")
    error_message = "The redrive rule must reach the dead-letter queue of its target and no other."
  }
}

run "a_dead_letter_that_is_lost_on_its_way_back_raises_an_alarm" {
  command = plan

  assert {
    condition     = module.alarms.alarms["orderflow-dev-payment-provider-redrive-lost"].dimensions == tomap({ RuleName = "orderflow-dev-payment-provider-redrive", EventBusName = "orderflow-dev-orders" })
    error_message = "Nothing else would tell of it."
  }
}

run "a_name_too_long_for_the_redrive_rule_is_refused" {
  command = plan
  variables {
    name    = "orderflow-dev-payment-request-to-every-provider-of-it"
    targets = { provider = { api_destination = { endpoint = "https://payments.example.com/", connection = { api_key = { header = "X-Api-Key" } } } } }
  }
  expect_failures = [aws_cloudwatch_event_rule.redrive]
}
