mock_provider "aws" { source = "../../testing" }

variables {
  name            = "shop-dev-payment-deadline"
  kms_key_arn     = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  alarm_topic_arn = "arn:aws:sns:eu-west-1:111122223333:shop-dev-alarms"
  expression      = "rate(5 minutes)"
  target          = { function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-payment_deadline" }
}

run "a_function_is_invoked_and_failures_go_to_the_dead_letter_queue" {
  variables { retry = { maximum_attempts = 3, maximum_event_age_seconds = 300 } }
  assert {
    condition     = aws_scheduler_schedule.this.kms_key_arn == var.kms_key_arn
    error_message = "The input must be encrypted with the customer managed key."
  }
  assert {
    condition = (
      aws_scheduler_schedule.this.target[0].retry_policy[0].maximum_retry_attempts == 3
      && aws_scheduler_schedule.this.target[0].retry_policy[0].maximum_event_age_in_seconds == 300
      && aws_scheduler_schedule.this.target[0].dead_letter_config[0].arn == module.dead_letter_queue.queue.arn
    )
    error_message = "The schedule must have the given retries and event age, and its failures must go to its own dead-letter queue."
  }
  assert {
    condition     = output.dead_letter_queue.name == "shop-dev-payment-deadline-dlq" && module.dead_letter_queue.settings.kms_master_key_id == var.kms_key_arn
    error_message = "The dead-letter queue must be named after the schedule and encrypted with the customer managed key."
  }
  assert {
    condition = jsondecode(aws_iam_role.this.assume_role_policy).Statement == [{
      Sid       = "Scheduler"
      Effect    = "Allow"
      Principal = { Service = ["scheduler.amazonaws.com"] }
      Action    = ["sts:AssumeRole"]
      Condition = {
        ArnEquals    = { "aws:SourceArn" = ["arn:aws:scheduler:eu-west-1:111122223333:schedule-group/shop-dev-payment-deadline"] }
        StringEquals = { "aws:SourceAccount" = ["111122223333"] }
      }
    }]
    error_message = "Only schedules of this group and account may use the role."
  }
  assert {
    condition = jsondecode(aws_iam_role_policy.this.policy).Statement == [
      {
        Sid      = "InvokeFunction"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = ["arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-payment_deadline"]
      },
      { Sid = "SendMessages", Effect = "Allow", Action = ["sqs:SendMessage"], Resource = ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-payment-deadline-dlq"] },
      {
        Sid      = "ReadInput"
        Effect   = "Allow"
        Action   = ["kms:Decrypt"]
        Resource = ["arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"]
        Condition = {
          StringEquals = {
            "kms:EncryptionContext:aws:scheduler:schedule:arn" = ["arn:aws:scheduler:eu-west-1:111122223333:schedule/shop-dev-payment-deadline/shop-dev-payment-deadline"]
          }
        }
      },
      {
        Sid       = "EncryptMessages"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = ["arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"]
        Condition = { StringEquals = { "kms:ViaService" = ["sqs.eu-west-1.amazonaws.com"] } }
      },
    ]
    error_message = "The role must have exactly four statements: invocation, dead-letter messages, input and encryption."
  }
  assert {
    condition = (
      module.alarms.alarms["shop-dev-payment-deadline-undelivered-failures"].metric_name == "InvocationsFailedToBeSentToDeadLetterCount"
      && module.alarms.alarms["shop-dev-payment-deadline-undelivered-failures"].dimensions.ScheduleGroup == "shop-dev-payment-deadline"
      && module.alarms.alarms["shop-dev-payment-deadline-undelivered-failures"].alarm_actions == toset([var.alarm_topic_arn])
    )
    error_message = "The first lost invocation must raise an alarm."
  }
}

run "a_schedule_can_have_a_queue_target_a_time_zone_and_an_existing_group" {
  command = plan
  variables {
    enabled                 = false
    group_name              = "shop-dev-housekeeping"
    expression              = "cron(0 6 ? * MON-FRI *)"
    timezone                = "Europe/Berlin"
    flexible_window_minutes = 15
    target                  = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports", input = jsonencode({ report = "unpaid" }) }
  }
  assert {
    condition = (
      aws_scheduler_schedule.this.state == "DISABLED"
      && aws_scheduler_schedule.this.schedule_expression_timezone == "Europe/Berlin"
      && aws_scheduler_schedule.this.flexible_time_window[0].mode == "FLEXIBLE"
      && aws_scheduler_schedule.this.flexible_time_window[0].maximum_window_in_minutes == 15
      && aws_scheduler_schedule.this.target[0].arn == "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports"
      && aws_scheduler_schedule.this.target[0].input == jsonencode({ report = "unpaid" })
    )
    error_message = "The schedule must have the configured state, time zone, window, queue and input."
  }
  assert {
    condition = {
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Sid => statement.Resource
      if contains(["InvokeFunction", "SendMessages"], statement.Sid)
    } == { SendMessages = ["arn:aws:sqs:eu-west-1:111122223333:shop-dev-payment-deadline-dlq", "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports"] }
    error_message = "The role must be allowed to send only to its target and to its dead-letter queue."
  }
  assert {
    condition     = aws_scheduler_schedule.this.group_name == "shop-dev-housekeeping" && length(aws_scheduler_schedule_group.this) == 0
    error_message = "The schedule must use the given group, and the module must create no group."
  }
  assert {
    condition     = jsondecode(aws_iam_role.this.assume_role_policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == ["arn:aws:scheduler:eu-west-1:111122223333:schedule-group/shop-dev-housekeeping"]
    error_message = "Only schedules in the schedule's group may assume the role."
  }
}

run "a_schedule_can_disable_a_rule" {
  command = plan
  variables {
    expression = "at(2030-01-31T06:00:00)"
    target     = { rule_to_disable = { name = "tap", bus_name = "orders", arn = "arn:aws:events:eu-west-1:111122223333:rule/orders/tap" } }
  }
  assert {
    condition = (
      aws_scheduler_schedule.this.target[0].arn == "arn:aws:scheduler:::aws-sdk:eventbridge:disableRule"
      && aws_scheduler_schedule.this.target[0].input == jsonencode({ Name = "tap", EventBusName = "orders" })
      && jsondecode(aws_iam_role_policy.this.policy).Statement[0] == {
        Sid = "DisableRule", Effect = "Allow", Action = ["events:DisableRule"], Resource = ["arn:aws:events:eu-west-1:111122223333:rule/orders/tap"]
      }
    )
    error_message = "Scheduler must call DisableRule for that rule."
  }
}

run "malformed_values_are_refused" {
  command = plan
  variables {
    name        = "shop-dev-a-schedule-whose-name-leaves-no-room-for-its-role"
    kms_key_arn = "alias/shop-dev"
    expression  = "{\"source\":[\"shop\"]}"
    timezone    = "CET+1"
    target      = {}
  }
  expect_failures = [var.name, var.kms_key_arn, var.expression, var.timezone, var.target]
}

run "two_targets_and_a_five_field_cron_expression_are_refused" {
  command = plan
  variables {
    expression = "cron(0 6 * * *)"
    target = {
      function_arn = "arn:aws:lambda:eu-west-1:111122223333:function:shop-dev-payment_deadline"
      queue_arn    = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports"
    }
  }
  expect_failures = [var.expression, var.target]
}

run "a_fifo_queue_is_refused" {
  command = plan
  variables { target = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports.fifo" } }
  expect_failures = [var.target]
}

run "an_input_that_is_not_json_is_refused" {
  command = plan
  variables { target = { queue_arn = "arn:aws:sqs:eu-west-1:111122223333:shop-dev-reports", input = "due now" } }
  expect_failures = [var.target]
}
