mock_provider "aws" { source = "../../testing" }

variables {
  name        = "shop-dev-intake"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  alarm       = { description = "The rule could not deliver.", kind = "rule-dead-letter", topic_arn = "arn:aws:sns:eu-west-1:111122223333:shop-dev-alarms" }
}

run "messages_are_encrypted_kept_for_14_days_and_raise_an_alarm" {
  command = plan
  assert {
    condition = (
      aws_sqs_queue.this.name == "shop-dev-intake-dlq"
      && aws_sqs_queue.this.message_retention_seconds == 1209600
      && aws_sqs_queue.this.kms_master_key_id == var.kms_key_arn
      && aws_sqs_queue.this.redrive_allow_policy == jsonencode({ redrivePermission = "denyAll" })
    )
    error_message = "The queue must use the customer managed key, keep messages for 14 days, and be the dead-letter queue of no other queue."
  }
  assert {
    condition = jsondecode(aws_sqs_queue.this.policy).Statement == [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = { AWS = ["*"] }
      Action    = ["sqs:*"]
      Resource  = ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-intake-dlq"]
      Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
    }]
    error_message = "The policy must deny plain HTTP, and allow no service to send."
  }
  assert {
    condition = (
      module.alarm.alarms["shop-dev-intake-dlq-not-empty"].metric_name == "ApproximateNumberOfMessagesVisible"
      && module.alarm.alarms["shop-dev-intake-dlq-not-empty"].threshold == 0
      && module.alarm.alarms["shop-dev-intake-dlq-not-empty"].dimensions == tomap({ QueueName = "shop-dev-intake-dlq" })
      && module.alarm.alarms["shop-dev-intake-dlq-not-empty"].alarm_actions == toset([var.alarm.topic_arn])
    )
    error_message = "The first message must raise the alarm, which must notify the topic."
  }
}

run "one_service_may_send_on_behalf_of_the_named_sources" {
  command = plan
  variables { sender = { service = "events.amazonaws.com", source_arns = ["arn:aws:events:eu-west-1:111122223333:rule/orders/intake"] } }
  assert {
    condition = jsondecode(aws_sqs_queue.this.policy).Statement[1] == {
      Sid       = "AllowSender"
      Effect    = "Allow"
      Principal = { Service = ["events.amazonaws.com"] }
      Action    = ["sqs:SendMessage"]
      Resource  = ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-intake-dlq"]
      Condition = { ArnEquals = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:111122223333:rule/orders/intake"] } }
    }
    error_message = "Only the named service may send messages, and only on behalf of the named sources."
  }
}

run "a_fifo_queue_has_its_own_fifo_dead_letter_queue" {
  command = plan
  variables {
    fifo              = true
    source_queue_arns = ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-intake.fifo"]
  }
  assert {
    condition = (
      aws_sqs_queue.this.name == "shop-dev-intake-dlq.fifo" && aws_sqs_queue.this.fifo_queue
      && aws_sqs_queue.this.redrive_allow_policy == jsonencode({ redrivePermission = "byQueue", sourceQueueArns = var.source_queue_arns })
    )
    error_message = "The dead-letter queue of a FIFO queue must be a FIFO queue, which only the listed source queues may use."
  }
}

run "sqs_encrypts_without_a_customer_managed_key" {
  command = plan
  variables { kms_key_arn = null }
  assert {
    condition     = aws_sqs_queue.this.sqs_managed_sse_enabled
    error_message = "Messages must always be encrypted."
  }
}

run "a_name_too_long_for_sqs_is_refused" {
  command = plan
  variables { name = "a-name-whose-dead-letter-queue-would-exceed-the-eighty-characters-of-amazon-sqs" }
  expect_failures = [aws_sqs_queue.this]
}
