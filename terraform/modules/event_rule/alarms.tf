locals {
  # Metrics of rules on the default bus have no EventBusName dimension.
  bus_dimension = var.bus_name == "default" ? {} : { EventBusName = var.bus_name }
}

module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = merge(
    {
      "${var.name}-failed" = {
        description = "The rule ${var.name} could not deliver an event: look for it in the dead-letter queues of the targets."
        kind        = "event_rule-failed"
        namespace   = "AWS/Events"
        metric_name = "FailedInvocations"
        dimensions  = merge({ RuleName = var.name }, local.bus_dimension)
      }
      "${var.name}-lost" = {
        description = "The rule ${var.name} could not deliver an event or send it to the dead-letter queue. The event is lost: check the queue's policy and key, then replay it from the archive, unless the rule excludes replays."
        kind        = "event_rule-lost"
        namespace   = "AWS/Events"
        metric_name = "InvocationsFailedToBeSentToDlq"
        dimensions  = merge({ RuleName = var.name }, local.bus_dimension)
      }
    },
    {
      for name in values(local.redrive_rule_names) : "${name}-lost" => {
        description = "The rule ${name} could not deliver a redriven event or return it to the dead-letter queue. Check the queue's policy and key; the receipt of the redrive identifies the event."
        kind        = "event_rule-lost"
        namespace   = "AWS/Events"
        metric_name = "InvocationsFailedToBeSentToDlq"
        dimensions  = merge({ RuleName = name }, local.bus_dimension)
      }
    },
  )
}
