# Events of an unknown source or type are stored and raise an alarm, because a misspelt source or type would otherwise go unnoticed.
# The sources of redriven messages and forwarded events count as known.
locals { known_sources = sort(distinct(flatten(values(local.sources_by_type)))) }

module "unknown_event_rule" {
  source   = "../modules/event_rule"
  name     = "${local.prefix}-unknown-event"
  bus_name = module.bus.bus_name
  event_pattern = jsonencode({
    "$or" = [
      { source = [{ anything-but = { wildcard = concat(local.known_sources, distinct(values(var.forwarded_events)[*].source), ["redrive.*"]) } }] },
      { source = local.known_sources, detail-type = [{ anything-but = sort(keys(local.producers_by_type)) }] },
    ]
  })

  targets = { unrouted = { sqs = { queue_arn = local.queues.unrouted.arn } } }

  kms_key_arn     = var.kms_key_arn
  alarm_topic_arn = module.alarms.topic_arn
}

module "unrouted" {
  source                       = "../modules/queue"
  name                         = local.queues.unrouted.name
  kms_key_arn                  = var.kms_key_arn
  retention_seconds            = 13 * 86400
  oldest_message_alarm_seconds = 60
  alarm_topic_arn              = module.alarms.topic_arn

  allowed_senders = { unknown_event = { service = "events.amazonaws.com", source_arn = module.unknown_event_rule.rule_arn } }
}
