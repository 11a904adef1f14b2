# The calls and their authentication are tested end to end.
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
        connection        = { api_key = { header = "X-Api-Key" }, kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555" }
      }
      input = { path = "$.detail.data" }
      retry = { maximum_attempts = 7, maximum_age_seconds = 900 }
    }
    copy = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:copies" } }
  }
}

run "an_api_destination_is_called_only_for_new_events_of_this_account" {
  command = plan
  assert {
    condition     = jsondecode(output.event_pattern) == { source = ["orderflow.finance"], detail-type = ["PaymentRequested"], account = ["111122223333"], replay-name = [{ exists = false }] }
    error_message = "An API destination has effects outside this system: its rule must name the account and exclude replays by default."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.target["provider"].policy).Statement == [{ Sid = "CallDestination", Effect = "Allow", Action = ["events:InvokeApiDestination"], Resource = [aws_cloudwatch_event_api_destination.this["provider"].arn] }]
    error_message = "The role must allow calls to this API destination only."
  }
  assert {
    condition     = aws_cloudwatch_event_connection.this["provider"].kms_key_identifier == var.targets.provider.api_destination.connection.kms_key_arn
    error_message = "The connection's secret must be encrypted with the given key."
  }
}

run "dead_letter_messages_are_redriven_only_to_their_api_destination" {
  command = plan
  assert {
    condition     = keys(aws_cloudwatch_event_rule.redrive) == ["provider"] && keys(aws_cloudwatch_event_target.this) == ["copy", "provider", "provider-redrive"]
    error_message = "Only an API destination needs a redrive rule, and the other target must not receive the event again."
  }
  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.redrive["provider"].event_pattern) == {
      account       = ["111122223333"]
      source        = ["redrive.orderflow-dev-payment.provider"]
      "replay-name" = [{ exists = false }]
    } && aws_cloudwatch_event_rule.redrive["provider"].event_bus_name == "orderflow-dev-orders" && output.redrive_sources == { provider = "redrive.orderflow-dev-payment.provider" }
    error_message = "The redrive rule must be on the same bus, and match only events of this account with the target's redrive source, never replayed events."
  }
  assert {
    condition = length(distinct([for key in ["provider", "provider-redrive"] : jsonencode([
      for attribute in ["arn", "role_arn", "input_path", "http_target", "retry_policy", "dead_letter_config"] : aws_cloudwatch_event_target.this[key][attribute]
    ])])) == 1
    error_message = "A redrive must call the API destination as the rule does: with the same input, headers, retries and dead-letter queue."
  }
  assert {
    condition     = strcontains(aws_iam_role.target["provider"].assume_role_policy, "rule/orderflow-dev-orders/orderflow-dev-payment-provider-redrive")
    error_message = "The role must trust the redrive rule."
  }
  assert {
    condition     = strcontains(module.dead_letter_queue["provider"].settings.policy, "rule/orderflow-dev-orders/orderflow-dev-payment-provider-redrive") && !strcontains(module.dead_letter_queue["copy"].settings.policy, "redrive")
    error_message = "The redrive rule must have access to the dead-letter queue of its target and to no other."
  }
  assert {
    condition     = module.alarms.alarms["orderflow-dev-payment-provider-redrive-lost"].dimensions == tomap({ RuleName = "orderflow-dev-payment-provider-redrive", EventBusName = "orderflow-dev-orders" })
    error_message = "A dead-letter message that is lost during a redrive must raise an alarm."
  }
}

run "a_call_has_only_the_given_parameters" {
  command = plan
  variables {
    connection_secrets = { without_parameters = "s3cret", with_path_parameters = "s3cret" }
    targets = {
      without_parameters = { api_destination = { endpoint = "https://payments.example.com/", connection = { api_key = { header = "X-Api-Key" } } } }
      with_path_parameters = { api_destination = {
        endpoint        = "https://payments.example.com/orders/*/payments/*"
        path_parameters = ["$.detail.data.order_id", "$.detail.data.payment_id"]
        connection = { oauth = {
          token_endpoint   = "https://login.example.com/token"
          client_id        = "orderflow"
          query_parameters = { tenant = "shop" }
        } }
      } }
    }
  }
  assert {
    condition     = length(aws_cloudwatch_event_target.this["without_parameters"].http_target) == 0
    error_message = "Without parameters there must be no http_target block, because AWS does not return an empty one."
  }
  assert {
    condition     = one(aws_cloudwatch_event_target.this["with_path_parameters"].http_target).path_parameter_values == tolist(["$.detail.data.order_id", "$.detail.data.payment_id"])
    error_message = "Each * in the endpoint must have its path parameter, in order."
  }
  assert {
    condition     = one(one(one(one(aws_cloudwatch_event_connection.this["with_path_parameters"].auth_parameters).oauth).oauth_http_parameters).query_string).value == "shop"
    error_message = "The token request must have the given query parameters."
  }
}

run "a_name_too_long_for_the_redrive_rule_is_refused" {
  command = plan
  variables { name = "orderflow-dev-payment-requests-to-all-card-providers" }
  expect_failures = [aws_cloudwatch_event_rule.redrive]
}
