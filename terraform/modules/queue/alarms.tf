module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = {
    "${local.name}-oldest-message" = {
      description         = "The oldest message of ${local.name} has waited ${var.oldest_message_alarm_seconds} s or longer: its consumer has stopped, is too slow or is failing."
      kind                = "queue-oldest-message"
      namespace           = "AWS/SQS"
      metric_name         = "ApproximateAgeOfOldestMessage"
      dimensions          = { QueueName = local.name }
      statistic           = "Maximum"
      comparison_operator = "GreaterThanOrEqualToThreshold"
      threshold           = var.oldest_message_alarm_seconds
      evaluation_periods  = 3
    }
  }
}
