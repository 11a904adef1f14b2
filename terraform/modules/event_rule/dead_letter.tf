module "dead_letter_queue" {
  source   = "../dead_letter_queue"
  for_each = var.targets

  name        = "${replace(var.name, ".", "-")}-${replace(each.key, "_", "-")}"
  kms_key_arn = var.kms_key_arn
  sender      = { service = "events.amazonaws.com", source_arns = concat([local.rule_arn], compact([lookup(local.redrive_rule_arns, each.key, null)])) }
  tags        = var.tags

  alarm = {
    description = "The rule ${var.name} could not deliver events to ${each.key}."
    kind        = "event_rule-dead-letter"
    topic_arn   = var.alarm_topic_arn
  }
}
