locals {
  rule_metrics = {
    failed = {
      metric      = "FailedInvocations"
      description = "The rule ${var.name} gave up on an event: it is in the dead-letter queue of the target that failed. Runbook: docs/runbooks/event_rule-failed.md"
    }
    lost = {
      metric      = "InvocationsFailedToBeSentToDlq"
      description = "The rule ${var.name} could not even put an event into its dead-letter queue. The event is lost: check the queue's policy and key, then replay from the archive. Runbook: docs/runbooks/event_rule-lost.md"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "rule" {
  for_each = local.rule_metrics

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = each.value.description

  namespace   = "AWS/Events"
  metric_name = each.value.metric
  # EventBridge reports rules of the default bus by their name alone.
  dimensions          = merge({ RuleName = var.name }, var.bus_name == "default" ? {} : { EventBusName = var.bus_name })
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.alarm_topic_arn])
  ok_actions          = compact([var.alarm_topic_arn])
}

resource "aws_cloudwatch_metric_alarm" "dead_letter" {
  for_each = local.dead_letter_names

  alarm_name        = "${each.value}-not-empty"
  alarm_description = "Events that the rule ${var.name} could not deliver to ${each.key} wait in ${each.value}. Runbook: docs/runbooks/event_rule-dead-letter.md"

  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = each.value }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.alarm_topic_arn])
  ok_actions          = compact([var.alarm_topic_arn])
}
