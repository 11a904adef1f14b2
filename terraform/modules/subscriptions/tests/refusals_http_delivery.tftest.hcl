mock_provider "aws" {
  source = "../../testing"
}

variables {
  name          = "orderflow-dev-notices"
  topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-notices", carries = "notices" }
  subscriptions = {}
}

run "refuses_more_than_100_retries" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { retries = 101, immediate_retries = 101 } } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_half_a_retry" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { retries = 1.5 } } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_fewer_retries_than_their_parts" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { retries = 3, immediate_retries = 2, min_delay_retries = 2 } } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_no_delay_at_all" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { min_delay_seconds = 0 } } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_minimum_delay_above_the_maximum" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { min_delay_seconds = 400 } } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_delay_of_more_than_an_hour" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { retries = 0, max_delay_seconds = 3601 } } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_retries_that_take_more_than_an_hour" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { retries = 13 } } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_to_throttle_to_nothing" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { max_receives_per_second = 0 } } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}
