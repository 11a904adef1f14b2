# What AWS services tell, for whoever listens on our bus: they send to the account's default bus only, so a rule there passes it on.
module "forward_rule" {
  source   = "../modules/event_rule"
  for_each = var.forwarded_events

  name = "${local.prefix}-forward-${replace(each.key, "_", "-")}"
  event_pattern = jsonencode(merge(
    { account = [local.account_id], source = [each.value.source], detail-type = sort(each.value.detail_types) },
    { for detail in each.value.detail[*] : "detail" => jsondecode(detail) },
  ))

  # The event arrives as it is, with its source: a rule on our bus says what becomes of it.
  targets = { bus = { event_bus = { bus_arn = module.bus.bus_arn } } }

  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn
}
