# What our own producers publish and no rule knows: kept and alarmed, because a misspelt type would otherwise vanish in silence.
module "unknown_event_rule" {
  source = "../modules/event_rule"

  name     = "${local.prefix}-unknown-event"
  bus_name = module.bus.bus_name
  event_pattern = jsonencode({
    source      = [{ prefix = "orderflow." }]
    detail-type = [{ anything-but = sort(keys(local.published_by)) }]
  })

  targets = {
    unrouted = { sqs = { queue_arn = local.queue_arn.unrouted } }
  }

  kms_key_arn     = module.key.key_arn
  alarm_topic_arn = module.alarms.topic_arn
}

module "unrouted" {
  source = "../modules/queue"

  name                         = "${local.prefix}-unrouted"
  kms_key_arn                  = module.key.key_arn
  retention_seconds            = 13 * 86400
  oldest_message_alarm_seconds = 60
  alarm_topic_arn              = module.alarms.topic_arn

  allowed_senders = {
    unknown_event = { service = "events.amazonaws.com", source_arn = module.unknown_event_rule.rule_arn }
  }
}
