mock_provider "aws" { source = "../../testing" }

variables {
  name          = "orderflow-dev-notices"
  topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-notices", audience = "people" }
  subscriptions = {}
}

run "a_name_with_dots_and_a_topic_of_unknown_audience_are_refused" {
  command = plan
  variables {
    name  = "orderflow.dev"
    topic = { arn = "arn:aws:sns:eu-west-1:111122223333:orders", audience = "anything" }
  }
  expect_failures = [var.name, var.topic]
}

run "a_subscription_name_that_is_not_snake_case_is_refused" {
  command = plan
  variables { subscriptions = { "my-queue" = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit" } } }
  expect_failures = [var.subscriptions]
}

run "a_fifo_topic_and_a_protocol_that_sns_does_not_have_are_refused" {
  command = plan
  variables {
    topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orders.fifo", audience = "systems" }
    subscriptions = { s = { protocol = "http", endpoint = "http://erp.example.com/orders" } }
  }
  expect_failures = [var.topic, var.subscriptions]
}

run "a_subscription_name_that_leaves_no_room_for_its_role_is_refused" {
  command = plan
  variables { subscriptions = { a_name_of_which_with_the_prefix_no_role_can_be_made = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit" } } }
  expect_failures = [var.subscriptions]
}

run "people_are_refused_on_a_topic_for_systems" {
  command = plan
  variables {
    topic = { arn = "arn:aws:sns:eu-west-1:111122223333:orders", audience = "systems" }
    subscriptions = {
      email      = { protocol = "email", endpoint = "desk@example.com" }
      email_json = { protocol = "email-json", endpoint = "desk@example.com" }
      sms        = { protocol = "sms", endpoint = "+31201234567" }
      push       = { protocol = "application", endpoint = "arn:aws:sns:eu-west-1:111122223333:endpoint/GCM/orderflow/1" }
    }
  }
  expect_failures = [
    aws_sns_topic_subscription.this["email"], aws_sns_topic_subscription.this["email_json"], aws_sns_topic_subscription.this["sms"],
    aws_sns_topic_subscription.this["push"],
  ]
}

run "two_subscriptions_of_one_endpoint_are_refused" {
  command = plan
  variables { subscriptions = { for key in ["a", "b"] : key => { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit" } } }
  expect_failures = [var.subscriptions]
}

run "raw_delivery_to_a_function_is_refused" {
  command = plan
  variables { subscriptions = { s = { protocol = "lambda", endpoint = "arn:aws:lambda:eu-west-1:111122223333:function:worker", raw_message_delivery = true } } }
  expect_failures = [var.subscriptions]
}

run "an_unknown_backoff_is_refused" {
  command = plan
  variables { subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { backoff = "random" } } } }
  expect_failures = [var.subscriptions]
}

run "endpoints_of_another_form_than_their_protocols_are_refused" {
  command = plan
  variables {
    subscriptions = {
      no_queue          = { protocol = "sqs", endpoint = "arn:aws:sns:eu-west-1:111122223333:audit" }
      fifo_queue        = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit.fifo" }
      function_name     = { protocol = "lambda", endpoint = "worker" }
      data_stream       = { protocol = "firehose", endpoint = "arn:aws:kinesis:eu-west-1:111122223333:stream/lake" }
      http_under_https  = { protocol = "https", endpoint = "http://erp.example.com/orders" }
      password_in_url   = { protocol = "https", endpoint = "https://user:pass@erp.example.com/orders" }
      no_domain         = { protocol = "email", endpoint = "desk@" }
      no_user           = { protocol = "email-json", endpoint = "@example.com" }
      no_country_code   = { protocol = "sms", endpoint = "0201234567" }
      spaces            = { protocol = "sms", endpoint = "+31 20 123 4567" }
      sixteen_digits    = { protocol = "sms", endpoint = "+3120123456789012" }
      device_token      = { protocol = "application", endpoint = "d4c1b2a3" }
      whole_application = { protocol = "application", endpoint = "arn:aws:sns:eu-west-1:111122223333:app/GCM/orderflow-dev-app" }
    }
  }
  expect_failures = [
    aws_sns_topic_subscription.this["no_queue"], aws_sns_topic_subscription.this["fifo_queue"], aws_sns_topic_subscription.this["function_name"],
    aws_sns_topic_subscription.this["data_stream"], aws_sns_topic_subscription.this["http_under_https"],
    aws_sns_topic_subscription.this["password_in_url"], aws_sns_topic_subscription.this["no_domain"], aws_sns_topic_subscription.this["no_user"],
    aws_sns_topic_subscription.this["no_country_code"], aws_sns_topic_subscription.this["spaces"], aws_sns_topic_subscription.this["sixteen_digits"],
    aws_sns_topic_subscription.this["device_token"], aws_sns_topic_subscription.this["whole_application"],
  ]
}

run "filter_policies_that_sns_would_refuse_are_refused" {
  command = plan
  variables {
    subscriptions = { for key, policy in {
      no_json            = { json = "status = paid" }
      list               = { json = "[\"paid\"]" }
      no_key             = { json = "{}" }
      value_outside_list = { json = "{\"status\":\"paid\"}" }
      empty_list         = { json = "{\"status\":[]}" }
      six_keys           = { json = jsonencode({ for key in ["a", "b", "c", "d", "e", "f"] : key => ["1"] }) }
      six_nested_keys    = { json = jsonencode({ data = { for key in ["a", "b", "c", "d", "e", "f"] : key => ["1"] } }), scope = "MessageBody" }
      nested_attribute   = { json = jsonencode({ data = { status = ["paid"] } }) }
      combinations       = { json = jsonencode({ a = [for i in range(19) : tostring(i)], b = [for i in range(8) : tostring(i)] }) }
      depth_multiplies   = { json = jsonencode({ data = { a = [for i in range(19) : tostring(i)], b = ["1", "2"] } }), scope = "MessageBody" }
      or                 = { json = jsonencode({ "$or" = [{ a = ["1"] }, { b = ["1"] }] }), scope = "MessageBody" }
      unknown_operator   = { json = jsonencode({ status = [{ prefx = "pa" }] }) }
      six_levels         = { json = jsonencode({ a = { b = { c = { d = { e = { f = ["1"] } } } } } }), scope = "MessageBody" }
      } : key => {
      protocol            = "sqs"
      endpoint            = "arn:aws:sqs:eu-west-1:111122223333:${key}"
      filter_policy       = policy.json
      filter_policy_scope = lookup(policy, "scope", "MessageAttributes")
    } }
  }
  expect_failures = [
    aws_sns_topic_subscription.this["no_json"], aws_sns_topic_subscription.this["list"], aws_sns_topic_subscription.this["no_key"],
    aws_sns_topic_subscription.this["value_outside_list"], aws_sns_topic_subscription.this["empty_list"], aws_sns_topic_subscription.this["six_keys"],
    aws_sns_topic_subscription.this["six_nested_keys"], aws_sns_topic_subscription.this["nested_attribute"],
    aws_sns_topic_subscription.this["combinations"], aws_sns_topic_subscription.this["depth_multiplies"], aws_sns_topic_subscription.this["or"],
    aws_sns_topic_subscription.this["unknown_operator"], aws_sns_topic_subscription.this["six_levels"],
  ]
}

run "retries_that_sns_would_refuse_are_refused" {
  command = plan
  variables {
    subscriptions = { for key, delivery in {
      over_100             = { retries = 101, immediate_retries = 101 }
      half_a_retry         = { retries = 1.5 }
      fewer_than_parts     = { retries = 3, immediate_retries = 2, min_delay_retries = 2 }
      no_delay             = { min_delay_seconds = 0 }
      minimum_over_maximum = { min_delay_seconds = 400 }
      delay_over_an_hour   = { retries = 0, max_delay_seconds = 3601 }
      hour_in_all          = { retries = 13 }
      throttled_to_none    = { max_receives_per_second = 0 }
    } : key => { protocol = "https", endpoint = "https://erp.example.com/${key}", http_delivery = delivery } }
  }
  expect_failures = [
    aws_sns_topic_subscription.this["over_100"], aws_sns_topic_subscription.this["half_a_retry"], aws_sns_topic_subscription.this["fewer_than_parts"],
    aws_sns_topic_subscription.this["no_delay"], aws_sns_topic_subscription.this["minimum_over_maximum"],
    aws_sns_topic_subscription.this["delay_over_an_hour"], aws_sns_topic_subscription.this["hour_in_all"],
    aws_sns_topic_subscription.this["throttled_to_none"],
  ]
}
