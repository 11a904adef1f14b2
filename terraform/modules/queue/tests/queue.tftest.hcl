mock_provider "aws" { source = "../../testing" }

variables {
  name            = "shop-dev-warehouse"
  kms_key_arn     = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:shop-dev-alarms"
}

run "an_unprocessed_message_moves_to_the_dead_letter_queue" {
  command = plan
  variables {
    max_receive_count            = 7
    oldest_message_alarm_seconds = 600
  }
  assert {
    condition = jsondecode(aws_sqs_queue.this.redrive_policy) == {
      deadLetterTargetArn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-warehouse-dlq"
      maxReceiveCount     = 7
    }
    error_message = "After max_receive_count receives, SQS must move the message to the queue's own dead-letter queue."
  }
  assert {
    condition     = aws_sqs_queue.this.message_retention_seconds < module.dead_letter_queue.settings.message_retention_seconds
    error_message = "A standard queue's dead-letter message keeps its age, so the dead-letter queue must keep messages longer than its source."
  }
  assert {
    condition     = jsondecode(module.dead_letter_queue.settings.redrive_allow_policy).sourceQueueArns == ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-warehouse"]
    error_message = "No other queue may use this dead-letter queue."
  }
  assert {
    condition     = alltrue([for queue in [aws_sqs_queue.this, module.dead_letter_queue.settings] : queue.kms_master_key_id == var.kms_key_arn])
    error_message = "Both queues must use the customer managed key."
  }
  assert {
    condition = jsondecode(aws_sqs_queue.this.policy).Statement == [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = { AWS = ["*"] }
      Action    = ["sqs:*"]
      Resource  = ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-warehouse"]
      Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
    }]
    error_message = "Without allowed senders the queue's policy must only deny plain HTTP."
  }
  assert {
    condition = (
      module.alarms.alarms["shop-dev-warehouse-oldest-message"].metric_name == "ApproximateAgeOfOldestMessage"
      && module.alarms.alarms["shop-dev-warehouse-oldest-message"].threshold == 600
      && module.alarms.alarms["shop-dev-warehouse-oldest-message"].alarm_actions == toset([var.alarm_topic_arn])
    )
    error_message = "The age of the oldest message must raise an alarm at the given threshold."
  }
}

run "a_service_may_send_only_on_behalf_of_its_source_in_this_account" {
  command = plan
  variables {
    allowed_senders = {
      orders_topic = { service = "sns.amazonaws.com", source_arn = "arn:aws:sns:eu-west-1:111122223333:shop-dev-orders" }
      intake-rule  = { service = "events.amazonaws.com", source_arn = "arn:aws:events:eu-west-1:111122223333:rule/shop-dev-bus/intake" }
    }
  }
  assert {
    condition = [for statement in jsondecode(aws_sqs_queue.this.policy).Statement : statement if statement.Effect == "Allow"] == [
      {
        Sid       = "AllowIntakeRule"
        Effect    = "Allow"
        Principal = { Service = ["events.amazonaws.com"] }
        Action    = ["sqs:SendMessage"]
        Resource  = ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-warehouse"]
        Condition = {
          ArnEquals            = { "aws:SourceArn" = ["arn:aws:events:eu-west-1:111122223333:rule/shop-dev-bus/intake"] }
          StringEqualsIfExists = { "aws:SourceAccount" = ["111122223333"] }
        }
      },
      {
        Sid       = "AllowOrdersTopic"
        Effect    = "Allow"
        Principal = { Service = ["sns.amazonaws.com"] }
        Action    = ["sqs:SendMessage"]
        Resource  = ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-warehouse"]
        Condition = {
          ArnEquals            = { "aws:SourceArn" = ["arn:aws:sns:eu-west-1:111122223333:shop-dev-orders"] }
          StringEqualsIfExists = { "aws:SourceAccount" = ["111122223333"] }
        }
      },
    ]
    error_message = "Each sender must be allowed only sqs:SendMessage, for its source and this account."
  }
}

run "a_fifo_queue_has_a_fifo_dead_letter_queue" {
  command = plan
  variables { fifo = { content_based_deduplication = true } }
  assert {
    condition     = aws_sqs_queue.this.name == "shop-dev-warehouse.fifo" && aws_sqs_queue.this.fifo_queue && aws_sqs_queue.this.content_based_deduplication
    error_message = "A FIFO queue must have the suffix .fifo and the given deduplication."
  }
  assert {
    condition     = module.dead_letter_queue.settings.name == "shop-dev-warehouse-dlq.fifo" && module.dead_letter_queue.settings.fifo_queue
    error_message = "The dead-letter queue of a FIFO queue must be a FIFO queue."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy).deadLetterTargetArn == "arn:aws:sqs:eu-west-1:111122223333:shop-dev-warehouse-dlq.fifo"
    error_message = "The redrive policy must name the dead-letter queue with the suffix .fifo."
  }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name              = "shop-dev-warehouse.fifo"
    kms_key_arn       = "alias/shop-dev"
    allowed_senders   = { any_service = { service = "*", source_arn = "arn:aws:sns:eu-west-1:111122223333:shop-dev-orders" } }
    max_receive_count = 0
  }
  expect_failures = [var.name, var.kms_key_arn, var.allowed_senders, var.max_receive_count]
}

run "a_sender_for_any_source_is_refused" {
  command = plan
  variables { allowed_senders = { topics = { service = "sns.amazonaws.com", source_arn = "arn:aws:sns:eu-west-1:111122223333:*" } } }
  expect_failures = [var.allowed_senders]
}

run "a_retention_period_equal_to_that_of_the_dead_letter_queue_is_refused" {
  command = plan
  variables { retention_seconds = 1209600 }
  expect_failures = [var.retention_seconds]
}

run "an_age_alarm_equal_to_the_retention_period_is_refused" {
  command = plan
  variables {
    retention_seconds            = 600
    oldest_message_alarm_seconds = 600
  }
  expect_failures = [var.oldest_message_alarm_seconds]
}
