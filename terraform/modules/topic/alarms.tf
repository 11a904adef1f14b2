locals {
  alarms = {
    failed = {
      metric      = "NumberOfNotificationsFailed"
      description = "SNS gave up on delivering a message of ${var.name}: it is in the dead-letter queue of that subscription."
    }
    lost = {
      metric      = "NumberOfNotificationsFailedToRedriveToDlq"
      description = "A message of ${var.name} could not even be put into a subscription's dead-letter queue. It is lost there: check the queue's policy and key."
    }
    invalid-body = {
      metric      = "NumberOfNotificationsFilteredOut-InvalidMessageBody"
      description = "A message of ${var.name} is not JSON, so that subscriptions which filter on the body never got it."
    }
    invalid-attributes = {
      metric      = "NumberOfNotificationsFilteredOut-InvalidAttributes"
      description = "A message of ${var.name} has attributes that filters cannot read, so that subscriptions which filter on them never got it."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name        = "${var.name}-${each.key}"
  alarm_description = "${each.value.description} Runbook: docs/runbooks/topic-${each.key}.md"

  namespace           = "AWS/SNS"
  metric_name         = each.value.metric
  dimensions          = { TopicName = var.name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = compact([var.alarm_topic_arn])
  ok_actions          = compact([var.alarm_topic_arn])
}
