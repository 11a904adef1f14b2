module "dead_letter_queue" {
  source   = "../dead_letter_queue"
  for_each = var.subscriptions

  name        = "${var.name}-${replace(each.key, "_", "-")}"
  kms_key_arn = var.kms_key_arn
  sender      = { service = "sns.amazonaws.com", source_arns = [var.topic.arn] }
  tags        = var.tags

  alarm = {
    description = "SNS could not deliver messages to the subscription ${each.key}."
    kind        = "subscriptions-dead-letter"
    topic_arn   = var.alarm_topic_arn
  }
}
