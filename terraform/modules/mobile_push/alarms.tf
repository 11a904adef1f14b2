resource "aws_cloudwatch_metric_alarm" "failed" {
  alarm_name        = "${var.name}-push-failed"
  alarm_description = "SNS could not hand a message of ${var.name} to the push service: see ${local.log_group_name}, most often the credential has expired. Runbook: docs/runbooks/mobile_push-push-failed.md"

  namespace           = "AWS/SNS"
  metric_name         = "NumberOfNotificationsFailed"
  dimensions          = { Application = var.name, Platform = local.platform }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.alarm_topic_arn])
  ok_actions          = compact([var.alarm_topic_arn])
}
