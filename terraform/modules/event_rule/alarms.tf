locals {
  # EventBridge reports rules of the default bus by their name alone.
  on_bus = var.bus_name == "default" ? {} : { EventBusName = var.bus_name }
}

module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = merge(
    {
      "${var.name}-failed" = {
        description = "The rule ${var.name} gave up on an event: it is in the dead-letter queue of the target that failed."
        kind        = "event_rule-failed"
        namespace   = "AWS/Events"
        metric_name = "FailedInvocations"
        dimensions  = merge({ RuleName = var.name }, local.on_bus)
      }
      "${var.name}-lost" = {
        description = "The rule ${var.name} could not put an event into its dead-letter queue either. The event is lost: check the queue's policy and key, then replay from the archive."
        kind        = "event_rule-lost"
        namespace   = "AWS/Events"
        metric_name = "InvocationsFailedToBeSentToDlq"
        dimensions  = merge({ RuleName = var.name }, local.on_bus)
      }
    },
    {
      for name in values(local.redrive_names) : "${name}-lost" => {
        description = "The rule ${name} could not put an event back into its dead-letter queue either. The event is lost there; the receipt of the redrive names it: check the queue's policy and key."
        kind        = "event_rule-lost"
        namespace   = "AWS/Events"
        metric_name = "InvocationsFailedToBeSentToDlq"
        dimensions  = merge({ RuleName = name }, local.on_bus)
      }
    },
  )
}
