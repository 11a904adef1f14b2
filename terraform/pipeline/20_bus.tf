# The event router: the events of every producer except the relay, archived for replay.
module "bus" {
  source          = "../modules/event_bus"
  name            = local.bus_name
  kms_key_arn     = var.kms_key_arn
  archive         = { retention_days = var.retention.archive_days }
  alarm_topic_arn = module.alarms.topic_arn
}
