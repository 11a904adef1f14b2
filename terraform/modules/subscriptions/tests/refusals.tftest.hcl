mock_provider "aws" {
  source = "../../testing"
}

variables {
  name          = "orderflow-dev-notices"
  topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-notices", carries = "notices" }
  subscriptions = {}
}

run "refuses_a_name_with_dots" {
  command = plan

  variables {
    name = "orderflow.dev"
  }

  expect_failures = [var.name]
}

run "refuses_a_topic_of_which_nothing_is_known" {
  command = plan

  variables {
    topic = { arn = "arn:aws:sns:eu-west-1:111122223333:orders", carries = "anything" }
  }

  expect_failures = [var.topic]
}

run "refuses_a_fifo_topic" {
  command = plan

  variables {
    topic = { arn = "arn:aws:sns:eu-west-1:111122223333:orders.fifo", carries = "orders" }
  }

  expect_failures = [var.topic]
}

run "refuses_a_subscription_name_that_is_not_snake_case" {
  command = plan

  variables {
    subscriptions = { "my-queue" = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit" } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_a_subscription_name_that_leaves_no_room_for_its_role" {
  command = plan

  variables {
    subscriptions = { a_name_of_which_with_the_prefix_no_role_can_be_made = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit" } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_a_protocol_that_sns_does_not_have" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "slack", endpoint = "#orders" } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_email_on_a_topic_with_whole_orders" {
  command = plan

  variables {
    topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orders", carries = "orders" }
    subscriptions = { s = { protocol = "email", endpoint = "desk@example.com" } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_email_json_on_a_topic_with_whole_orders" {
  command = plan

  variables {
    topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orders", carries = "orders" }
    subscriptions = { s = { protocol = "email-json", endpoint = "desk@example.com" } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_sms_on_a_topic_with_whole_orders" {
  command = plan

  variables {
    topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orders", carries = "orders" }
    subscriptions = { s = { protocol = "sms", endpoint = "+31201234567" } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_push_on_a_topic_with_whole_orders" {
  command = plan

  variables {
    topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orders", carries = "orders" }
    subscriptions = { s = { protocol = "application", endpoint = "arn:aws:sns:eu-west-1:111122223333:endpoint/GCM/orderflow/1" } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_two_subscriptions_of_one_endpoint" {
  command = plan

  variables {
    subscriptions = { a = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit" }, b = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit" } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_a_filter_scope_that_sns_does_not_have" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit", filter_policy = "{\"a\":[\"b\"]}", filter_policy_scope = "Subject" } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_raw_delivery_to_a_function" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "lambda", endpoint = "arn:aws:lambda:eu-west-1:111122223333:function:worker", raw_message_delivery = true } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_an_unknown_backoff" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { backoff = "random" } } }
  }

  expect_failures = [var.subscriptions]
}

run "refuses_a_queue_that_is_no_queue" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sns:eu-west-1:111122223333:audit" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_fifo_queue" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit.fifo" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_function_name_without_its_arn" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "lambda", endpoint = "worker" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_delivery_stream_that_is_none" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "firehose", endpoint = "arn:aws:kinesis:eu-west-1:111122223333:stream/lake" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_plain_http" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "http", endpoint = "http://erp.example.com/orders" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_plain_http_to_a_host_that_only_begins_like_this_machine" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "http", endpoint = "http://127.0.0.1.example.com/orders" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_an_http_url_under_https" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "http://erp.example.com/orders" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_url_with_a_password_in_it" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "https", endpoint = "https://user:pass@erp.example.com/orders" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_an_email_address_without_a_domain" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "email", endpoint = "desk@" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_an_email_address_without_a_user" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "email-json", endpoint = "@example.com" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_number_without_its_country_code" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sms", endpoint = "0201234567" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_number_with_spaces" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sms", endpoint = "+31 20 123 4567" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_number_of_more_than_15_digits" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "sms", endpoint = "+3120123456789012" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_a_device_token_that_is_no_endpoint" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "application", endpoint = "d4c1b2a3" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}

run "refuses_the_platform_application_instead_of_a_device" {
  command = plan

  variables {
    subscriptions = { s = { protocol = "application", endpoint = "arn:aws:sns:eu-west-1:111122223333:app/GCM/orderflow-dev-app" } }
  }

  expect_failures = [aws_sns_topic_subscription.this]
}
