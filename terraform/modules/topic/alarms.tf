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
  } : "${var.name}-${ending}" => { description = alarm.description, kind = "topic-${ending}", namespace = "AWS/SNS", metric_name = alarm.metric, dimensions = { TopicName = var.name } } }
}
