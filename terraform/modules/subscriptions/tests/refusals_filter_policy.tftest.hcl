mock_provider "aws" {
  source = "../../testing"
}

variables {
  name          = "orderflow-dev-notices"
  topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-notices", carries = "notices" }
  subscriptions = {}
}

run "refuses_a_filter_that_is_not_json" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = "status = paid" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_filter_that_is_a_list" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = "[\"paid\"]" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_filter_without_a_key" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = "{}" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_filter_value_outside_a_list" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = "{\"status\":\"paid\"}" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_an_empty_list_of_values" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = "{\"status\":[]}" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_filter_of_six_keys" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = jsonencode({ for key in ["a", "b", "c", "d", "e", "f"] : key => ["1"] }) } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_filter_of_six_nested_keys" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = jsonencode({ data = { for key in ["a", "b", "c", "d", "e", "f"] : key => ["1"] } }), filter_policy_scope = "MessageBody" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_nested_key_in_attributes" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = jsonencode({ data = { status = ["paid"] } }) } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_151_combinations_and_more" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = jsonencode({ a = [for i in range(19) : tostring(i)], b = [for i in range(8) : tostring(i)] }) } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_combinations_that_depth_multiplies_over_150" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = jsonencode({ data = { a = [for i in range(19) : tostring(i)], b = ["1", "2"] } }), filter_policy_scope = "MessageBody" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_or_in_a_filter" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = jsonencode({ "$or" = [{ a = ["1"] }, { b = ["1"] }] }), filter_policy_scope = "MessageBody" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_filter_of_more_than_five_levels" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = jsonencode({ a = { b = { c = { d = { e = { f = ["1"] } } } } } }), filter_policy_scope = "MessageBody" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}
