module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = { for suffix, alarm in {
    failed = {
      metric      = "NumberOfNotificationsFailed"
      description = "SNS could not deliver a message from the topic ${var.name}: look for it in the dead-letter queues of the subscriptions."
    }
    lost = {
      metric      = "NumberOfNotificationsFailedToRedriveToDlq"
      description = "SNS could not deliver a message from the topic ${var.name} or send it to the subscription's dead-letter queue. The subscriber will not receive the message: check the queue's policy and key."
    }
    invalid-body = {
      metric      = "NumberOfNotificationsFilteredOut-InvalidMessageBody"
      description = "A message from the topic ${var.name} is not JSON, so subscriptions that filter on the body did not receive it."
    }
    invalid-attributes = {
      metric      = "NumberOfNotificationsFilteredOut-InvalidAttributes"
      description = "A message from the topic ${var.name} has invalid attributes, so subscriptions that filter on attributes did not receive it."
    }
  } : "${var.name}-${suffix}" => { description = alarm.description, kind = "topic-${suffix}", namespace = "AWS/SNS", metric_name = alarm.metric, dimensions = { TopicName = var.name } } }
}
