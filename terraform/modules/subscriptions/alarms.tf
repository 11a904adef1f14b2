resource "aws_cloudwatch_metric_alarm" "dead_letter" {
  for_each = local.dead_letter_names

  alarm_name        = "${each.value}-not-empty"
  alarm_description = "Messages that SNS could not deliver to the subscription ${each.key} wait in ${each.value}. Runbook: docs/runbooks/subscriptions-dead-letter.md"

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
