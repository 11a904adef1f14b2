# One target of each kind that the local cloud delivers to; the others are in ../localemu.
module "target_rule" {
  source          = "../../../terraform/modules/event_rule"
  name            = "${local.name}-targets"
  bus_name        = module.bus.bus_name
  event_pattern   = jsonencode({ source = ["shop.targets"] })
  kms_key_arn     = module.key.key_arn
  alarm_topic_arn = module.alarms.topic_arn

  targets = {
    function = { lambda = { function_arn = module.echo.function_arn }, retry = { maximum_attempts = 3, maximum_age_seconds = 120 } }
    queue    = { sqs = { queue_arn = module.received["target"].queue_arn } }
    fifo     = { sqs = { queue_arn = module.fifo.queue_arn, message_group_id = "orders" }, input = { path = "$.detail" } }
    topic = {
      sns   = { topic_arn = module.notices.topic_arn }
      input = { template = "\"Order <order_id> of <source>\"", values = { order_id = "$.detail.order_id", source = "$.source" } }
    }
    machine = {
      step_functions = { state_machine_arn = aws_sfn_state_machine.this.arn }
      input          = { constant = jsonencode({ started_by = "a rule" }) }
    }
  }
}

module "forwarding_rule" {
  source          = "../../../terraform/modules/event_rule"
  name            = "${local.name}-forward"
  bus_name        = module.bus.bus_name
  event_pattern   = jsonencode({ source = ["shop.targets"] })
  kms_key_arn     = module.key.key_arn
  alarm_topic_arn = module.alarms.topic_arn
  exclude_replays = true

  targets = { other_bus = { event_bus = { bus_arn = module.other_bus.bus_arn } } }
}

module "other_bus_rule" {
  source        = "../../../terraform/modules/event_rule"
  name          = "${local.name}-arrived"
  bus_name      = module.other_bus.bus_name
  event_pattern = jsonencode({ source = ["shop.targets"] })

  targets = { received = { sqs = { queue_arn = module.received["other_bus"].queue_arn } } }
}
