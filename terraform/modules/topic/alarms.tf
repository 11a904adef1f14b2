module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = { for ending, alarm in {
    failed = {
      metric      = "NumberOfNotificationsFailed"
      description = "SNS gave up on delivering a message of ${var.name}: it is in the dead-letter queue of that subscription."
    }
    lost = {
      metric      = "NumberOfNotificationsFailedToRedriveToDlq"
      description = "A message of ${var.name} could not be put into a subscription's dead-letter queue either. It is lost there: check the queue's policy and key."
    }
    invalid-body = {
      metric      = "NumberOfNotificationsFilteredOut-InvalidMessageBody"
      description = "A message of ${var.name} is not JSON, so subscriptions that filter on the body did not receive it."
    }
    invalid-attributes = {
      metric      = "NumberOfNotificationsFilteredOut-InvalidAttributes"
      description = "A message of ${var.name} has invalid attributes, so subscriptions that filter on attributes did not receive it."
    }
  } : "${var.name}-${ending}" => { description = alarm.description, kind = "topic-${ending}", namespace = "AWS/SNS", metric_name = alarm.metric, dimensions = { TopicName = var.name } } }
}
