# Maps the short name of each rule to the rule's attributes: first the rules in `function_settings`, then all others.
locals {
  rules = merge(
    {
      for name, function in local.functions : function.rule => {
        name                 = "${local.prefix}-${replace(function.rule, "_", "-")}"
        arn                  = "arn:${local.partition}:events:${local.region_and_account}:rule/${function.bus == "default" ? "" : "${function.bus}/"}${local.prefix}-${replace(function.rule, "_", "-")}"
        bus_name             = function.bus
        dead_letter_queue    = "${local.prefix}-${replace("${function.rule}-${name}", "_", "-")}-dlq"
        redrive_event_source = null
      } if function.rule != null
    },
    {
      for role, rule in merge(
        { payment_request = module.payment_request_rule, refund_request = module.refund_request_rule, void_request = module.void_request_rule, unknown_event = module.unknown_event_rule, tap_bus = module.tap_rule },
        { for rule in values(module.shipment_notice_rule) : "shipment_notice" => rule },
        module.analytics_rule,
        { for name, rule in module.forward_rule : "forward_${name}" => rule },
        ) : role => {
        name                 = rule.rule_name
        arn                  = rule.rule_arn
        bus_name             = startswith(role, "forward_") ? "default" : local.bus_name
        dead_letter_queue    = one(values(rule.dead_letter_queues)).name
        redrive_event_source = one(values(rule.redrive_sources))
      }
    },
  )
}
