module "bus" {
  source          = "../../../terraform/modules/event_bus"
  name            = "${local.name}-orders"
  kms_key_arn     = module.key.key_arn
  alarm_topic_arn = module.alarms.topic_arn

  archive = { name = "${local.name}-archive", retention_days = 7, event_pattern = jsonencode({ source = [{ prefix = "shop." }] }) }
}

module "other_bus" {
  source  = "../../../terraform/modules/event_bus"
  name    = "${local.name}-other"
  archive = null
}
