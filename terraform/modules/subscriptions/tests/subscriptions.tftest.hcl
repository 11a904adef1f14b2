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

run "keeps_what_cannot_be_delivered_in_a_queue_of_the_subscription" {
  assert {
    condition     = jsondecode(aws_sns_topic_subscription.this["customer_service"].redrive_policy).deadLetterTargetArn == module.dead_letter_queue["customer_service"].queue.arn
    error_message = "The subscription must redrive to its own dead-letter queue."
  }

  assert {
    condition     = output.dead_letter_queues.customer_service.name == "orderflow-dev-order-changes-customer-service-dlq" && module.dead_letter_queue["customer_service"].settings.kms_master_key_id == var.kms_key_arn
    error_message = "Dead-letter messages must be encrypted with the given key."
  }

  assert {
    condition     = jsondecode(module.dead_letter_queue["customer_service"].settings.policy).Statement[1].Condition == { ArnEquals = { "aws:SourceArn" = ["arn:aws:sns:eu-west-1:111122223333:orderflow-dev-order-changes"] } }
    error_message = "Only SNS, and only for this topic, may send to the dead-letter queue."
  }
}

run "lets_the_topic_and_nobody_else_invoke_the_function" {
  command = plan
  variables { subscriptions = { worker = { protocol = "lambda", endpoint = "arn:aws:lambda:eu-west-1:111122223333:function:worker:live" } } }

  assert {
    condition     = aws_lambda_permission.this["worker"].function_name == "arn:aws:lambda:eu-west-1:111122223333:function:worker" && aws_lambda_permission.this["worker"].qualifier == "live" && aws_lambda_permission.this["worker"].principal == "sns.amazonaws.com" && aws_lambda_permission.this["worker"].source_arn == var.topic.arn
    error_message = "The permission must be for this topic, on the alias that is subscribed."
  }
}

run "writes_to_one_delivery_stream_with_a_role_of_its_own" {
  variables { subscriptions = { lake = { protocol = "firehose", endpoint = "arn:aws:firehose:eu-west-1:111122223333:deliverystream/lake", raw_message_delivery = true } } }

  assert {
    condition     = aws_sns_topic_subscription.this["lake"].subscription_role_arn == aws_iam_role.firehose["lake"].arn
    error_message = "SNS must deliver with the subscription's role."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.firehose["lake"].policy).Statement[0].Resource == ["arn:aws:firehose:eu-west-1:111122223333:deliverystream/lake"] && contains(jsondecode(aws_iam_role_policy.firehose["lake"].policy).Statement[0].Action, "firehose:PutRecordBatch")
    error_message = "The role must be able to write to this delivery stream only."
  }

  assert {
    condition     = jsondecode(aws_iam_role.firehose["lake"].assume_role_policy).Statement[0].Condition == { ArnEquals = { "aws:SourceArn" = [var.topic.arn] }, StringEquals = { "aws:SourceAccount" = ["111122223333"] } }
    error_message = "Only SNS, for this topic, may use the role."
  }
}

run "retries_an_https_endpoint_as_told_and_for_less_than_an_hour_by_default" {
  command = plan

  variables {
    subscriptions = {
      told = {
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
      default = { protocol = "https", endpoint = "https://erp.example.com/changes" }
    }
  }

  assert {
    condition = jsondecode(aws_sns_topic_subscription.this["told"].delivery_policy) == {
      healthyRetryPolicy = { numRetries = 50, numNoDelayRetries = 3, numMinDelayRetries = 2, numMaxDelayRetries = 35, minDelayTarget = 1, maxDelayTarget = 60, backoffFunction = "exponential" }
      throttlePolicy     = { maxReceivesPerSecond = 10 }
    }
    error_message = "The delivery policy must be the one that was given."
  }

  assert {
    condition = jsondecode(aws_sns_topic_subscription.this["default"].delivery_policy) == {
      healthyRetryPolicy = { numRetries = 10, numNoDelayRetries = 0, numMinDelayRetries = 0, numMaxDelayRetries = 0, minDelayTarget = 5, maxDelayTarget = 300, backoffFunction = "exponential" }
    }
    error_message = "By default ten retries, from 5 seconds to 5 minutes apart."
  }

  assert {
    condition     = aws_sns_topic_subscription.this["told"].endpoint_auto_confirms && !aws_sns_topic_subscription.this["default"].endpoint_auto_confirms
    error_message = "Applying must wait for an endpoint's confirmation only when told so."
  }
}

run "delivers_notices_to_people" {
  variables {
    topic = { arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-notices", audience = "people" }
    subscriptions = {
      desk    = { protocol = "email", endpoint = "desk@example.com" }
      archive = { protocol = "email-json", endpoint = "archive@example.com" }
      on_call = { protocol = "sms", endpoint = "+31201234567" }
      app     = { protocol = "application", endpoint = "arn:aws:sns:eu-west-1:111122223333:endpoint/GCM/orderflow/11111111-2222-3333-4444-555555555555" }
    }
  }

  assert {
    condition     = { for key, subscription in aws_sns_topic_subscription.this : key => subscription.protocol } == { app = "application", archive = "email-json", desk = "email", on_call = "sms" }
    error_message = "People must be able to subscribe to notices."
  }

  assert {
    condition     = alltrue([for key, subscription in aws_sns_topic_subscription.this : subscription.delivery_policy == null && jsondecode(subscription.redrive_policy).deadLetterTargetArn == module.dead_letter_queue[key].queue.arn])
    error_message = "Each of them must have its dead-letter queue, and none a delivery policy, which only HTTP(S) has."
  }
}

run "names_who_still_has_to_confirm" {
  variables {
    topic         = { arn = "arn:aws:sns:eu-west-1:111122223333:orderflow-dev-notices", audience = "people" }
    subscriptions = { office = { protocol = "email", endpoint = "office@example.com" } }
  }

  override_resource {
    target = aws_sns_topic_subscription.this
    values = { pending_confirmation = true }
  }

  assert {
    condition     = output.pending_confirmations == ["office"]
    error_message = "A subscription that is not confirmed must be listed."
  }
}

run "filters_as_large_as_sns_takes_are_accepted" {
  command = plan

  variables {
    subscriptions = {
      five_keys = {
        protocol      = "sqs"
        endpoint      = "arn:aws:sqs:eu-west-1:111122223333:five-keys"
        filter_policy = jsonencode({ a = ["1", "2", "3", "4", "5"], b = ["1", "2", "3", "4", "5"], c = ["1", "2", "3"], d = ["1", "2"], e = [{ exists = true }] })
      }
      deep = {
        protocol            = "sqs"
        endpoint            = "arn:aws:sqs:eu-west-1:111122223333:deep"
        filter_policy_scope = "MessageBody"
        filter_policy       = jsonencode({ a = { b = { c = ["1", "2", "3", "4", "5"] } }, d = { e = ["1", "2", "3", "4", "5"] } })
      }
    }
  }

  assert {
    condition     = length(aws_sns_topic_subscription.this) == 2
    error_message = "5 x 5 x 3 x 2 x 1 and (3 x 5) x (2 x 5) are 150, which SNS takes."
  }
}
