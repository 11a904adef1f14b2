data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id
  account_id = data.aws_caller_identity.this.account_id
  group_name = coalesce(var.group_name, var.name)

  group_arn    = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule-group/${local.group_name}"
  schedule_arn = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule/${local.group_name}/${var.name}"
}

resource "aws_scheduler_schedule" "this" {
  name                         = var.name
  group_name                   = local.group_name
  schedule_expression          = var.expression
  schedule_expression_timezone = var.timezone
  state                        = var.enabled ? "ENABLED" : "DISABLED"
  kms_key_arn                  = var.kms_key_arn

  flexible_time_window {
    mode                      = var.flexible_window_minutes == null ? "OFF" : "FLEXIBLE"
    maximum_window_in_minutes = var.flexible_window_minutes
  }

  target {
    # https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
    arn      = coalesce(var.target.function_arn, var.target.queue_arn, "arn:${local.partition}:scheduler:::aws-sdk:eventbridge:disableRule")
    role_arn = aws_iam_role.this.arn
    input    = var.target.rule_to_disable == null ? var.target.input : jsonencode({ Name = var.target.rule_to_disable.name, EventBusName = var.target.rule_to_disable.bus_name })

    retry_policy {
      maximum_retry_attempts       = var.retry.maximum_attempts
      maximum_event_age_in_seconds = var.retry.maximum_event_age_seconds
    }

    dead_letter_config { arn = module.dead_letter_queue.queue.arn }
  }

  depends_on = [aws_iam_role_policy.this, aws_scheduler_schedule_group.this]
}

resource "aws_scheduler_schedule_group" "this" {
  count = var.group_name == null ? 1 : 0

  name = var.name
  tags = var.tags
}

module "dead_letter_queue" {
  source      = "../dead_letter_queue"
  name        = var.name
  kms_key_arn = var.kms_key_arn
  tags        = var.tags

  alarm = {
    description = "Scheduler could not invoke the target of ${var.name}; the attributes of the dead-letter messages contain the reason."
    kind        = "schedule-dead-letter"
    topic_arn   = var.alarm_topic_arn
  }
}
