mock_provider "aws" { source = "../../testing" }

# tests/infra/test_wrong_combinations.py tests other invalid combinations and their error messages.
variables {
  name          = "orderflow-dev-router"
  bus_name      = "orderflow-dev-orders"
  event_pattern = "{\"source\":[\"orderflow.webhooks\"]}"
  targets       = { intake = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orderflow-dev-intake" } } }
}

run "a_missing_pattern_and_an_unused_secret_are_refused" {
  command = plan
  variables {
    event_pattern      = null
    connection_secrets = { intake = "s3cret" }
  }
  expect_failures = [var.event_pattern, var.connection_secrets]
}

run "an_empty_pattern_and_a_missing_connection_secret_are_refused" {
  command = plan
  variables {
    event_pattern = "{}"
    targets       = { t = { api_destination = { endpoint = "https://payments.example.com/", connection = { api_key = { header = "X-Api-Key" } } } } }
  }
  expect_failures = [var.event_pattern, var.connection_secrets]
}

run "a_schedule_on_a_custom_bus_and_an_empty_target_map_are_refused" {
  command = plan
  variables {
    event_pattern       = null
    schedule_expression = "rate(5 minutes)"
    targets             = {}
  }
  expect_failures = [var.schedule_expression, var.targets]
}

run "an_invalid_schedule_expression_and_a_sixth_target_are_refused" {
  command = plan
  variables {
    bus_name            = "default"
    event_pattern       = null
    schedule_expression = "every 5 minutes"
    targets             = { for i in range(6) : "queue_${i}" => { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orders-${i}" } } }
  }
  expect_failures = [var.schedule_expression, var.targets]
}

run "a_target_name_that_is_not_snake_case_is_refused" {
  command = plan
  variables { targets = { "my-intake" = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orderflow-dev-intake" } } } }
  expect_failures = [var.targets]
}

run "a_target_of_two_kinds_is_refused" {
  command = plan
  variables { targets = { intake = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:intake" }, sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" } } } }
  expect_failures = [var.targets]
}

run "a_combined_rule_and_target_name_over_64_characters_is_refused" {
  command = plan
  variables { targets = { a_target_with_a_name_that_leaves_no_room_for_its_role = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orderflow-dev-intake" } } } }
  expect_failures = [var.targets]
}

run "a_pattern_that_the_modules_additions_make_too_long_is_refused" {
  command = plan
  variables {
    exclude_replays = true
    event_pattern   = jsonencode({ source = [format("%02033d", 0)] })
  }
  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "excluding_replays_of_a_schedule_is_refused" {
  command = plan
  variables {
    bus_name            = "default"
    event_pattern       = null
    schedule_expression = "rate(5 minutes)"
    exclude_replays     = true
  }
  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "external_effects_of_a_pattern_without_a_source_are_refused" {
  command = plan
  variables {
    external_effects = true
    event_pattern    = "{\"detail-type\":[\"PaymentRequested\"]}"
  }
  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "a_second_replay_condition_is_refused" {
  command = plan
  variables {
    exclude_replays = true
    event_pattern   = "{\"source\":[\"orderflow.webhooks\"],\"replay-name\":[\"again\"]}"
  }
  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "targets_that_the_rule_cannot_deliver_to_are_refused" {
  command = plan
  variables {
    targets = {
      wrong_service = { event_bus = { bus_arn = "arn:aws:sqs:eu-west-1:111122223333:audit" } }
      other_account = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:444455556666:intake" } }
      other_region  = { lambda = { function_arn = "arn:aws:lambda:us-east-1:111122223333:function:worker" } }
      fifo_topic    = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit.fifo" } }
      invalid_path  = { kinesis = { stream_arn = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders", partition_key_path = "order_id" } }
    }
  }
  expect_failures = [
    aws_cloudwatch_event_target.this["wrong_service"], aws_cloudwatch_event_target.this["other_account"],
    aws_cloudwatch_event_target.this["other_region"], aws_cloudwatch_event_target.this["fifo_topic"], aws_cloudwatch_event_target.this["invalid_path"],
  ]
}

run "a_message_group_and_a_fifo_queue_require_each_other" {
  command = plan
  variables {
    targets = {
      fifo_queue_without_message_group  = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:intake.fifo" } }
      standard_queue_with_message_group = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:intake", message_group_id = "orders" } }
    }
  }
  expect_failures = [aws_cloudwatch_event_target.this["fifo_queue_without_message_group"], aws_cloudwatch_event_target.this["standard_queue_with_message_group"]]
}

run "an_invalid_input_and_an_input_for_a_bus_are_refused" {
  command = plan
  variables {
    targets = {
      empty_input       = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = {} }
      constant_and_path = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { constant = "{}", path = "$.detail" } }
      invalid_json      = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { constant = "sweep" } }
      invalid_path      = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { path = "detail.data" } }
      input_for_bus     = { event_bus = { bus_arn = "arn:aws:events:eu-west-1:111122223333:event-bus/central" }, input = { path = "$.detail" } }
    }
  }
  expect_failures = [
    aws_cloudwatch_event_target.this["empty_input"], aws_cloudwatch_event_target.this["constant_and_path"], aws_cloudwatch_event_target.this["invalid_json"],
    aws_cloudwatch_event_target.this["invalid_path"], aws_cloudwatch_event_target.this["input_for_bus"],
  ]
}

run "invalid_template_values_and_log_group_inputs_are_refused" {
  command = plan
  variables {
    targets = {
      values_with_invalid_path    = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { template = "\"<order>\"", values = { order = "detail.data.order_id" } } }
      values_without_template     = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { path = "$.detail", values = { order = "$.detail.data.order_id" } } }
      log_group_with_other_format = { log_group = { log_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders" }, input = { template = "{\"id\":<id>}", values = { id = "$.id" } } }
      log_group_with_constant     = { log_group = { log_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders" }, input = { constant = "{}" } }
    }
  }
  expect_failures = [
    aws_cloudwatch_event_target.this["values_with_invalid_path"], aws_cloudwatch_event_target.this["values_without_template"],
    aws_cloudwatch_event_target.this["log_group_with_other_format"], aws_cloudwatch_event_target.this["log_group_with_constant"],
  ]
}

run "an_unsafe_endpoint_and_a_missing_path_parameter_are_refused" {
  command = plan
  variables {
    connection_secrets = { plain_http = "s3cret", password_in_url = "s3cret", path_without_value = "s3cret" }
    targets = {
      plain_http         = { api_destination = { endpoint = "http://payments.example.com/", connection = { api_key = { header = "X-Api-Key" } } } }
      password_in_url    = { api_destination = { endpoint = "https://user:pass@payments.example.com/", connection = { api_key = { header = "X-Api-Key" } } } }
      path_without_value = { api_destination = { endpoint = "https://payments.example.com/orders/*", connection = { api_key = { header = "X-Api-Key" } } } }
    }
  }
  expect_failures = [
    aws_cloudwatch_event_api_destination.this["plain_http"],
    aws_cloudwatch_event_api_destination.this["password_in_url"],
    aws_cloudwatch_event_api_destination.this["path_without_value"],
  ]
}

run "a_connection_without_exactly_one_safe_authorization_is_refused" {
  command = plan
  variables {
    connection_secrets = { no_authorization = "s3cret", two_authorizations = "s3cret", plain_http_token_endpoint = "s3cret" }
    targets = {
      no_authorization          = { api_destination = { endpoint = "https://payments.example.com/", connection = {} } }
      two_authorizations        = { api_destination = { endpoint = "https://payments.example.com/", connection = { api_key = { header = "X-Api-Key" }, basic = { username = "orderflow" } } } }
      plain_http_token_endpoint = { api_destination = { endpoint = "https://payments.example.com/", connection = { oauth = { token_endpoint = "http://login.example.com/token", client_id = "orderflow" } } } }
    }
  }
  expect_failures = [
    aws_cloudwatch_event_connection.this["no_authorization"],
    aws_cloudwatch_event_connection.this["two_authorizations"],
    aws_cloudwatch_event_connection.this["plain_http_token_endpoint"],
  ]
}
