resource "aws_cloudwatch_metric_alarm" "dead_letter" {
  alarm_name        = "${local.dead_letter_queue_name}-not-empty"
  alarm_description = "Scheduler could not start the target of ${var.name}; the attributes of the messages in ${local.dead_letter_queue_name} say why. Runbook: docs/runbooks/schedule-dead-letter.md"

  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letter.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"

  alarm_actions = compact([var.alarm_topic_arn])
  ok_actions    = compact([var.alarm_topic_arn])
}

# Scheduler reports by group, so this alarm covers the others in a shared group too.
resource "aws_cloudwatch_metric_alarm" "undelivered" {
  alarm_name        = "${var.name}-undelivered-failures"
  alarm_description = "Failed invocations of group ${local.group_name} did not reach their dead-letter queue either and are lost: check the role, the key and the queue. Runbook: docs/runbooks/schedule-undelivered-failures.md"

  namespace           = "AWS/Scheduler"
  metric_name         = "InvocationsFailedToBeSentToDeadLetterCount"
  dimensions          = { ScheduleGroup = local.group_name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"

  alarm_actions = compact([var.alarm_topic_arn])
  ok_actions    = compact([var.alarm_topic_arn])
}
