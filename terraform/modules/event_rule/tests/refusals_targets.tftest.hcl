mock_provider "aws" {
  source = "../../testing"
}

variables {
  name          = "orderflow-dev-router"
  bus_name      = "orderflow-dev-orders"
  event_pattern = "{\"source\":[\"orderflow.webhooks\"]}"
  targets = {
    intake = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orderflow-dev-intake" } }
  }
}

run "refuses_the_arn_of_another_service" {
  command = plan

  variables {
    targets = { t = { event_bus = { bus_arn = "arn:aws:sqs:eu-west-1:111122223333:audit" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_a_queue_in_another_account" {
  command = plan

  variables {
    targets = { t = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:444455556666:intake" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_a_function_in_another_region" {
  command = plan

  variables {
    targets = { t = { lambda = { function_arn = "arn:aws:lambda:us-east-1:111122223333:function:worker" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_a_fifo_queue_without_a_message_group" {
  command = plan

  variables {
    targets = { t = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:intake.fifo" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_a_message_group_for_a_standard_queue" {
  command = plan

  variables {
    targets = { t = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:intake", message_group_id = "orders" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_a_fifo_topic" {
  command = plan

  variables {
    targets = { t = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit.fifo" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_a_partition_key_that_is_no_path" {
  command = plan

  variables {
    targets = { t = { kinesis = { stream_arn = "arn:aws:kinesis:eu-west-1:111122223333:stream/orders", partition_key_path = "order_id" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_an_input_that_says_nothing" {
  command = plan

  variables {
    targets = { t = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = {} } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_an_input_that_says_two_things" {
  command = plan

  variables {
    targets = { t = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { constant = "{}", path = "$.detail" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_a_constant_that_is_not_json" {
  command = plan

  variables {
    targets = { t = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { constant = "sweep" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_an_input_path_that_is_no_path" {
  command = plan

  variables {
    targets = { t = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { path = "detail.data" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_template_values_that_are_no_paths" {
  command = plan

  variables {
    targets = { t = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { template = "\"<order>\"", values = { order = "detail.data.order_id" } } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_template_values_without_a_template" {
  command = plan

  variables {
    targets = { t = { sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" }, input = { path = "$.detail", values = { order = "$.detail.data.order_id" } } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_to_change_what_is_forwarded_to_a_bus" {
  command = plan

  variables {
    targets = { t = { event_bus = { bus_arn = "arn:aws:events:eu-west-1:111122223333:event-bus/central" }, input = { path = "$.detail" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_a_log_group_template_of_another_shape" {
  command = plan

  variables {
    targets = { t = { log_group = { log_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders" }, input = { template = "{\"id\":<id>}", values = { id = "$.id" } } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_a_constant_for_a_log_group" {
  command = plan

  variables {
    targets = { t = { log_group = { log_group_arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/aws/events/orders" }, input = { constant = "{}" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}

run "refuses_a_function_name_without_its_arn" {
  command = plan

  variables {
    targets = { t = { lambda = { function_arn = "worker" } } }
  }

  expect_failures = [aws_cloudwatch_event_target.this]
}
