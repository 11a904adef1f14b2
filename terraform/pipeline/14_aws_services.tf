# Events from AWS services for consumers on our bus: services send only to the account's default bus, so a rule there forwards them.
module "forward_rule" {
  source   = "../modules/event_rule"
  for_each = var.forwarded_events

  name = "${local.prefix}-forward-${replace(each.key, "_", "-")}"
  event_pattern = jsonencode(merge(
    { account = [local.account_id], source = [each.value.source], detail-type = sort(each.value.detail_types) },
    { for detail in each.value.detail[*] : "detail" => jsondecode(detail) },
  ))

  # The event is forwarded unchanged, with its source: rules on our bus decide who receives it.
  targets = { bus = { event_bus = { bus_arn = module.bus.bus_arn } } }

  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn
}
