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

run "refuses_a_name_of_more_than_64_characters" {
  command = plan

  variables {
    name = "orderflow-dev-a-rule-whose-name-is-longer-than-event-bridge-allows"
  }

  expect_failures = [var.name]
}

run "refuses_a_pattern_with_a_schedule" {
  command = plan

  variables {
    bus_name            = "default"
    schedule_expression = "rate(5 minutes)"
  }

  expect_failures = [var.event_pattern]
}

run "refuses_neither_pattern_nor_schedule" {
  command = plan

  variables {
    event_pattern = null
  }

  expect_failures = [var.event_pattern]
}

run "refuses_a_pattern_that_is_not_json" {
  command = plan

  variables {
    event_pattern = "source = orderflow.webhooks"
  }

  expect_failures = [var.event_pattern]
}

run "refuses_a_pattern_without_a_key" {
  command = plan

  variables {
    event_pattern = "{}"
  }

  expect_failures = [var.event_pattern]
}

run "refuses_a_pattern_with_a_value_outside_a_list" {
  command = plan

  variables {
    event_pattern = "{\"source\":\"orderflow.webhooks\"}"
  }

  expect_failures = [var.event_pattern]
}

run "refuses_a_pattern_of_more_than_2048_characters" {
  command = plan

  variables {
    event_pattern = jsonencode({ source = [format("%02034d", 0)] })
  }

  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "refuses_a_pattern_that_grows_over_2048_characters_by_what_is_added" {
  command = plan

  variables {
    exclude_replays = true
    event_pattern   = jsonencode({ source = [format("%02033d", 0)] })
  }

  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "refuses_a_schedule_on_a_custom_bus" {
  command = plan

  variables {
    event_pattern       = null
    schedule_expression = "rate(5 minutes)"
  }

  expect_failures = [var.schedule_expression]
}

run "refuses_a_schedule_that_is_neither_rate_nor_cron" {
  command = plan

  variables {
    bus_name            = "default"
    event_pattern       = null
    schedule_expression = "every 5 minutes"
  }

  expect_failures = [var.schedule_expression]
}

run "refuses_to_leave_out_replays_of_a_schedule" {
  command = plan

  variables {
    bus_name            = "default"
    event_pattern       = null
    schedule_expression = "rate(5 minutes)"
    exclude_replays     = true
  }

  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "refuses_effects_outside_for_any_source" {
  command = plan

  variables {
    outside_effects = true
    event_pattern   = "{\"detail-type\":[\"PaymentRequested\"]}"
  }

  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "refuses_a_replay_condition_of_its_own_beside_the_added_one" {
  command = plan

  variables {
    exclude_replays = true
    event_pattern   = "{\"source\":[\"orderflow.webhooks\"],\"replay-name\":[\"again\"]}"
  }

  expect_failures = [aws_cloudwatch_event_rule.this]
}

run "refuses_a_rule_without_a_target" {
  command = plan

  variables {
    targets = {}
  }

  expect_failures = [var.targets]
}

run "refuses_a_sixth_target" {
  command = plan

  variables {
    targets = { for i in range(6) : "queue_${i}" => { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orders-${i}" } } }
  }

  expect_failures = [var.targets]
}

run "refuses_a_target_name_that_is_not_snake_case" {
  command = plan

  variables {
    targets = { "my-intake" = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orderflow-dev-intake" } } }
  }

  expect_failures = [var.targets]
}

run "refuses_a_name_and_target_of_more_than_64_characters_together" {
  command = plan

  variables {
    targets = { a_target_with_a_name_that_leaves_no_room_for_its_role = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:orderflow-dev-intake" } } }
  }

  expect_failures = [var.targets]
}

run "refuses_a_target_that_is_nothing" {
  command = plan

  variables {
    targets = { intake = {} }
  }

  expect_failures = [var.targets]
}

run "refuses_a_target_that_is_two_things" {
  command = plan

  variables {
    targets = { intake = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:intake" }, sns = { topic_arn = "arn:aws:sns:eu-west-1:111122223333:audit" } } }
  }

  expect_failures = [var.targets]
}

run "refuses_more_than_185_attempts" {
  command = plan

  variables {
    targets = { intake = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:intake" }, retry = { maximum_attempts = 186 } } }
  }

  expect_failures = [var.targets]
}

run "refuses_events_older_than_a_day" {
  command = plan

  variables {
    targets = { intake = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:intake" }, retry = { maximum_age_seconds = 86401 } } }
  }

  expect_failures = [var.targets]
}

run "refuses_events_younger_than_a_minute" {
  command = plan

  variables {
    targets = { intake = { sqs = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:intake" }, retry = { maximum_age_seconds = 59 } } }
  }

  expect_failures = [var.targets]
}
