resource "aws_cloudwatch_metric_alarm" "oldest_message" {
  alarm_name        = "${local.name}-oldest-message"
  alarm_description = "The oldest message of ${local.name} has waited ${var.oldest_message_alarm_seconds} s or longer: its consumer is stopped, too slow or failing. Runbook: docs/runbooks/queue-oldest-message.md"

  namespace           = "AWS/SQS"
  metric_name         = "ApproximateAgeOfOldestMessage"
  dimensions          = { QueueName = aws_sqs_queue.this.name }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = 3
  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = var.oldest_message_alarm_seconds
  treat_missing_data  = "notBreaching"

  alarm_actions = compact([var.alarm_topic_arn])
  ok_actions    = compact([var.alarm_topic_arn])
}

resource "aws_cloudwatch_metric_alarm" "dead_letter" {
  alarm_name        = "${local.dead_letter_name}-not-empty"
  alarm_description = "${local.dead_letter_name} holds messages that were received ${var.max_receive_count} times and never handled. Look at them, mend the cause, then redrive them. Runbook: docs/runbooks/queue-dead-letter.md"

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
