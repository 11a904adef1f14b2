resource "aws_cloudwatch_metric_alarm" "dead_letter" {
  alarm_name        = "${local.dead_letter_name}-not-empty"
  alarm_description = "The bus ${var.name} could not process events, for example because of its encryption key. They wait in ${local.dead_letter_name}. Runbook: docs/runbooks/event_bus-dead-letter.md"

  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = local.dead_letter_name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.alarm_topic_arn])
  ok_actions          = compact([var.alarm_topic_arn])
}
