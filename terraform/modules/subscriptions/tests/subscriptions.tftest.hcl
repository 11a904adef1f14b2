mock_provider "aws" { source = "../../testing" }

variables {
  name            = "orderflow-dev-order-changes"
  topic           = { arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes", audience = "systems" }
  alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-alarms"
  kms_key_arn     = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  subscriptions = {
    customer_service = {
      protocol             = "sqs"
      endpoint             = "arn:aws:sqs:eu-west-1:111122223333:orderflow-dev-customer-service"
      raw_message_delivery = true
      filter_policy        = "{\"metadata\":{\"event_type\":[\"OrderChanged\"]},\"data\":{\"channel\":[{\"anything-but\":[\"pos\"]}],\"changed_fields\":[\"status\"]}}"
      filter_policy_scope  = "MessageBody"
    }
  }
}

run "undeliverable_messages_go_to_the_subscriptions_dead_letter_queue" {
  assert {
    condition     = jsondecode(aws_sns_topic_subscription.this["customer_service"].redrive_policy).deadLetterTargetArn == module.dead_letter_queue["customer_service"].queue.arn
    error_message = "The subscription must send undeliverable messages to its own dead-letter queue."
  }
  assert {
    condition     = output.dead_letter_queues.customer_service.name == "orderflow-dev-order-changes-customer-service-dlq" && module.dead_letter_queue["customer_service"].settings.kms_master_key_id == var.kms_key_arn
    error_message = "Dead-letter messages must be encrypted with the given key."
  }
  assert {
    condition     = jsondecode(module.dead_letter_queue["customer_service"].settings.policy).Statement[1].Condition == { ArnEquals = { "aws:SourceArn" = ["arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes"] } }
    error_message = "Only this topic may send to the dead-letter queue."
  }
}

run "only_the_topic_may_invoke_a_function_and_write_to_a_stream" {
  variables {
    subscriptions = {
      worker    = { protocol = "lambda", endpoint = "arn:aws:lambda:eu-west-1:111122223333:function:worker:live" }
      data_lake = { protocol = "firehose", endpoint = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/lake", raw_message_delivery = true }
    }
  }
  assert {
    condition     = aws_lambda_permission.this["worker"].function_name == "arn:aws:lambda:eu-west-1:111122223333:function:worker" && aws_lambda_permission.this["worker"].qualifier == "live" && aws_lambda_permission.this["worker"].principal == "sns.amazonaws.com" && aws_lambda_permission.this["worker"].source_arn == var.topic.arn
    error_message = "The permission must be for this topic, on the alias that is subscribed."
  }
  assert {
    condition     = aws_sns_topic_subscription.this["data_lake"].subscription_role_arn == aws_iam_role.firehose["data_lake"].arn
    error_message = "SNS must use the subscription's role."
  }
  assert {
    condition     = jsondecode(aws_iam_role_policy.firehose["data_lake"].policy).Statement[0].Resource == ["arn:aws:firehose:eu-west-1:111122223333:deliverystream/lake"] && contains(jsondecode(aws_iam_role_policy.firehose["data_lake"].policy).Statement[0].Action, "firehose:PutRecordBatch")
    error_message = "The role must be able to write to this delivery stream only."
  }
  assert {
    condition     = jsondecode(aws_iam_role.firehose["data_lake"].assume_role_policy).Statement[0].Condition == { ArnEquals = { "aws:SourceArn" = [var.topic.arn] }, StringEquals = { "aws:SourceAccount" = ["111122223333"] } }
    error_message = "Only SNS, for this topic, may use the role."
  }
}

run "an_https_endpoint_is_retried_as_configured" {
  command = plan
  variables {
    subscriptions = {
      custom_retries = {
        protocol = "https"
        endpoint = "https://erp.example.com/orders"
        http_delivery = {
          retries                 = 50
          immediate_retries       = 3
          min_delay_retries       = 2
          max_delay_retries       = 35
          min_delay_seconds       = 1
          max_delay_seconds       = 60
          max_receives_per_second = 10
          waits_for_confirmation  = true
        }
      }
      default_retries = { protocol = "https", endpoint = "https://erp.example.com/changes" }
    }
  }
  assert {
    condition = jsondecode(aws_sns_topic_subscription.this["custom_retries"].delivery_policy) == {
      healthyRetryPolicy = { numRetries = 50, numNoDelayRetries = 3, numMinDelayRetries = 2, numMaxDelayRetries = 35, minDelayTarget = 1, maxDelayTarget = 60, backoffFunction = "exponential" }
      throttlePolicy     = { maxReceivesPerSecond = 10 }
    }
    error_message = "The subscription must have the configured delivery policy."
  }
  assert {
    condition = jsondecode(aws_sns_topic_subscription.this["default_retries"].delivery_policy) == {
      healthyRetryPolicy = { numRetries = 10, numNoDelayRetries = 0, numMinDelayRetries = 0, numMaxDelayRetries = 0, minDelayTarget = 5, maxDelayTarget = 300, backoffFunction = "exponential" }
    }
    error_message = "The default must be ten retries, 5 seconds to 5 minutes apart."
  }
  assert {
    condition     = aws_sns_topic_subscription.this["custom_retries"].endpoint_auto_confirms && !aws_sns_topic_subscription.this["default_retries"].endpoint_auto_confirms
    error_message = "An apply must wait for an endpoint's confirmation only if waits_for_confirmation is set."
  }
}

run "notices_reach_people_and_pending_confirmations_are_listed" {
  variables {
    topic = { arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-notices", audience = "people" }
    subscriptions = {
      support = { protocol = "email", endpoint = "support@example.com" }
      archive = { protocol = "email-json", endpoint = "archive@example.com" }
      on_call = { protocol = "sms", endpoint = "+31201234567" }
      app     = { protocol = "application", endpoint = "arn:aws:sns:eu-west-1:111122223333:endpoint/GCM/orderflow/11111111-2222-3333-4444-555555555555" }
    }
  }

  override_resource {
    target = aws_sns_topic_subscription.this["support"]
    values = { pending_confirmation = true }
  }
  assert {
    condition     = { for key, subscription in aws_sns_topic_subscription.this : key => subscription.protocol } == { app = "application", archive = "email-json", on_call = "sms", support = "email" }
    error_message = "People must be able to subscribe to notices."
  }
  assert {
    condition     = alltrue([for key, subscription in aws_sns_topic_subscription.this : subscription.delivery_policy == null && jsondecode(subscription.redrive_policy).deadLetterTargetArn == module.dead_letter_queue[key].queue.arn])
    error_message = "Each subscription must have its own dead-letter queue, and no delivery policy, which is only for HTTPS."
  }
  assert {
    condition     = output.pending_confirmations == ["support"]
    error_message = "A subscription that is not confirmed must be listed."
  }
}

run "filter_policies_at_the_limit_of_sns_are_accepted" {
  command = plan
  variables {
    subscriptions = {
      five_keys = {
        protocol      = "sqs"
        endpoint      = "arn:aws:sqs:eu-west-1:111122223333:five-keys"
        filter_policy = jsonencode({ a = ["1", "2", "3", "4", "5"], b = ["1", "2", "3", "4", "5"], c = ["1", "2", "3"], d = ["1", "2"], e = [{ exists = true }] })
      }
      nested_keys = {
        protocol            = "sqs"
        endpoint            = "arn:aws:sqs:eu-west-1:111122223333:nested-keys"
        filter_policy_scope = "MessageBody"
        filter_policy       = jsonencode({ a = { b = { c = ["1", "2", "3", "4", "5"] } }, d = { e = ["1", "2", "3", "4", "5"] } })
      }
    }
  }
  assert {
    condition     = length(aws_sns_topic_subscription.this) == 2
    error_message = "Filter policies of 150 combinations, 5 x 5 x 3 x 2 x 1 and (3 x 5) x (2 x 5), must be accepted."
  }
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

run "a_fifo_topic_and_an_endpoint_without_tls_are_refused" {
  command = plan
  variables {
    topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orders.fifo", audience = "systems" }
    subscriptions = { s = { protocol = "http", endpoint = "http://erp.example.com/orders" } }
  }
  expect_failures = [var.topic, var.subscriptions]
}

run "a_subscription_name_too_long_for_a_role_name_is_refused" {
  command = plan
  variables { subscriptions = { a_name_too_long_for_a_role_with_the_prefix_in_front = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit" } } }
  expect_failures = [var.subscriptions]
}

run "protocols_for_people_are_refused_on_a_topic_for_systems" {
  command = plan
  variables {
    topic = { arn = "arn:aws:sns:eu-west-1:111122223333:orders", audience = "systems" }
    subscriptions = {
      email      = { protocol = "email", endpoint = "support@example.com" }
      email_json = { protocol = "email-json", endpoint = "support@example.com" }
      sms        = { protocol = "sms", endpoint = "+31201234567" }
      push       = { protocol = "application", endpoint = "arn:aws:sns:eu-west-1:111122223333:endpoint/GCM/orderflow/1" }
    }
  }
  expect_failures = [
    aws_sns_topic_subscription.this["email"], aws_sns_topic_subscription.this["email_json"], aws_sns_topic_subscription.this["sms"],
    aws_sns_topic_subscription.this["push"],
  ]
}

run "two_subscriptions_for_one_endpoint_are_refused" {
  command = plan
  variables { subscriptions = { for key in ["a", "b"] : key => { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit" } } }
  expect_failures = [var.subscriptions]
}

run "raw_delivery_to_a_function_is_refused" {
  command = plan
  variables { subscriptions = { s = { protocol = "lambda", endpoint = "arn:aws:lambda:eu-west-1:111122223333:function:worker", raw_message_delivery = true } } }
  expect_failures = [var.subscriptions]
}

run "an_unknown_backoff_function_is_refused" {
  command = plan
  variables { subscriptions = { s = { protocol = "https", endpoint = "https://erp.example.com/", http_delivery = { backoff = "random" } } } }
  expect_failures = [var.subscriptions]
}

run "endpoints_that_do_not_match_their_protocol_are_refused" {
  command = plan
  variables {
    topic = { arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-notices", audience = "people" }
    subscriptions = {
      topic_arn                  = { protocol = "sqs", endpoint = "arn:aws:sns:eu-west-1:111122223333:audit" }
      fifo_queue                 = { protocol = "sqs", endpoint = "arn:aws:sqs:eu-west-1:111122223333:audit.fifo" }
      function_name              = { protocol = "lambda", endpoint = "worker" }
      data_stream                = { protocol = "firehose", endpoint = "arn:aws:kinesis:eu-west-1:111122223333:stream/lake" }
      http_under_https           = { protocol = "https", endpoint = "http://erp.example.com/orders" }
      password_in_url            = { protocol = "https", endpoint = "https://user:pass@erp.example.com/orders" }
      email_without_domain       = { protocol = "email", endpoint = "support@" }
      email_without_user         = { protocol = "email-json", endpoint = "@example.com" }
      phone_without_country_code = { protocol = "sms", endpoint = "0201234567" }
      phone_with_spaces          = { protocol = "sms", endpoint = "+31 20 123 4567" }
      phone_with_sixteen_digits  = { protocol = "sms", endpoint = "+3120123456789012" }
      device_token               = { protocol = "application", endpoint = "d4c1b2a3" }
      application_arn            = { protocol = "application", endpoint = "arn:aws:sns:eu-west-1:111122223333:app/GCM/orderflow-dev-app" }
    }
  }
  expect_failures = [
    aws_sns_topic_subscription.this["topic_arn"], aws_sns_topic_subscription.this["fifo_queue"], aws_sns_topic_subscription.this["function_name"],
    aws_sns_topic_subscription.this["data_stream"], aws_sns_topic_subscription.this["http_under_https"],
    aws_sns_topic_subscription.this["password_in_url"], aws_sns_topic_subscription.this["email_without_domain"], aws_sns_topic_subscription.this["email_without_user"],
    aws_sns_topic_subscription.this["phone_without_country_code"], aws_sns_topic_subscription.this["phone_with_spaces"], aws_sns_topic_subscription.this["phone_with_sixteen_digits"],
    aws_sns_topic_subscription.this["device_token"], aws_sns_topic_subscription.this["application_arn"],
  ]
}

run "invalid_and_unsupported_filter_policies_are_refused" {
  command = plan
  variables {
    subscriptions = { for key, policy in {
      invalid_json                 = { json = "status = paid" }
      list                         = { json = "[\"paid\"]" }
      without_keys                 = { json = "{}" }
      value_outside_list           = { json = "{\"status\":\"paid\"}" }
      empty_list                   = { json = "{\"status\":[]}" }
      six_keys                     = { json = jsonencode({ for key in ["a", "b", "c", "d", "e", "f"] : key => ["1"] }) }
      six_nested_keys              = { json = jsonencode({ data = { for key in ["a", "b", "c", "d", "e", "f"] : key => ["1"] } }), scope = "MessageBody" }
      nested_attribute             = { json = jsonencode({ data = { status = ["paid"] } }) }
      too_many_combinations        = { json = jsonencode({ a = [for i in range(19) : tostring(i)], b = [for i in range(8) : tostring(i)] }) }
      too_many_nested_combinations = { json = jsonencode({ data = { a = [for i in range(19) : tostring(i)], b = ["1", "2"] } }), scope = "MessageBody" }
      or_operator                  = { json = jsonencode({ "$or" = [{ a = ["1"] }, { b = ["1"] }] }), scope = "MessageBody" }
      unknown_operator             = { json = jsonencode({ status = [{ prefx = "pa" }] }) }
      operator_of_eventbridge      = { json = jsonencode({ status = [{ wildcard = "pa*" }] }) }
      six_levels                   = { json = jsonencode({ a = { b = { c = { d = { e = { f = ["1"] } } } } } }), scope = "MessageBody" }
      } : key => {
      protocol            = "sqs"
      endpoint            = "arn:aws:sqs:eu-west-1:111122223333:${key}"
      filter_policy       = policy.json
      filter_policy_scope = lookup(policy, "scope", "MessageAttributes")
    } }
  }
  expect_failures = [
    aws_sns_topic_subscription.this["invalid_json"], aws_sns_topic_subscription.this["list"], aws_sns_topic_subscription.this["without_keys"],
    aws_sns_topic_subscription.this["value_outside_list"], aws_sns_topic_subscription.this["empty_list"], aws_sns_topic_subscription.this["six_keys"],
    aws_sns_topic_subscription.this["six_nested_keys"], aws_sns_topic_subscription.this["nested_attribute"],
    aws_sns_topic_subscription.this["too_many_combinations"], aws_sns_topic_subscription.this["too_many_nested_combinations"], aws_sns_topic_subscription.this["or_operator"],
    aws_sns_topic_subscription.this["unknown_operator"], aws_sns_topic_subscription.this["operator_of_eventbridge"], aws_sns_topic_subscription.this["six_levels"],
  ]
}

run "retries_that_sns_would_refuse_are_refused" {
  command = plan
  variables {
    subscriptions = { for key, delivery in {
      retries_over_100         = { retries = 101, immediate_retries = 101 }
      fractional_retries       = { retries = 1.5 }
      total_below_sum          = { retries = 3, immediate_retries = 2, min_delay_retries = 2 }
      no_delay                 = { min_delay_seconds = 0 }
      minimum_over_maximum     = { min_delay_seconds = 400 }
      delay_over_an_hour       = { retries = 0, max_delay_seconds = 3601 }
      over_an_hour_in_total    = { retries = 13 }
      zero_receives_per_second = { max_receives_per_second = 0 }
    } : key => { protocol = "https", endpoint = "https://erp.example.com/${key}", http_delivery = delivery } }
  }
  expect_failures = [
    aws_sns_topic_subscription.this["retries_over_100"], aws_sns_topic_subscription.this["fractional_retries"], aws_sns_topic_subscription.this["total_below_sum"],
    aws_sns_topic_subscription.this["no_delay"], aws_sns_topic_subscription.this["minimum_over_maximum"],
    aws_sns_topic_subscription.this["delay_over_an_hour"], aws_sns_topic_subscription.this["over_an_hour_in_total"],
    aws_sns_topic_subscription.this["zero_receives_per_second"],
  ]
}
