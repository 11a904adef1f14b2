locals {
  queues = {
    intake           = module.intake
    unrouted         = module.unrouted
    finance          = module.finance_queue
    warehouse        = module.warehouse_queue
    customer_service = module.customer_service_queue
  }

  functions = merge(module.stream_reader, {
    storefront_api   = module.storefront_api
    webhooks         = module.webhooks
    pos_import       = module.pos_import
    payment_deadline = module.payment_deadline
    recorder         = module.recorder
    relay            = module.relay
    finance          = module.finance
    warehouse        = module.warehouse
    customer_service = module.customer_service
  })

  rules = merge(
    {
      intake          = module.intake_rule
      payment_request = module.payment_request_rule
      refund_request  = module.refund_request_rule
      till_file       = module.till_file_rule
      unknown_event   = module.unknown_event_rule
    },
    { for rule in values(module.shipment_notice_rule) : "shipment_notice" => rule },
    module.analytics_rule,
    { for name, rule in module.forward_rule : "forward_${name}" => rule },
  )

  # These are on the account's default bus, where AWS services send.
  default_bus_rules = concat(["till_file"], [for name in keys(module.forward_rule) : "forward_${name}"])
}

output "queues" {
  description = "Queues by role, each with its dead-letter queue."
  value = { for role, queue in local.queues : role => {
    name     = queue.queue_name
    url      = queue.queue_url
    arn      = queue.queue_arn
    dlq_name = queue.dead_letter_queue_name
    dlq_url  = queue.dead_letter_queue_url
    dlq_arn  = queue.dead_letter_queue_arn
  } }
}

output "functions" {
  description = "Functions by their directory name. `dead_letter_queue_url` is null where a function has none, `mappings` are the event source mappings to pause and resume."
  value = { for role, function in local.functions : role => {
    name                  = function.function_name
    arn                   = function.function_arn
    log_group             = function.log_group_name
    role_name             = function.role_name
    dead_letter_queue_url = function.dead_letter_queue_url
    mappings              = function.event_source_mapping_ids
  } }
}

output "rules" {
  description = "Rules by role, each with the dead-letter queue of its target."
  value = { for role, rule in local.rules : role => {
    name    = rule.rule_name
    arn     = rule.rule_arn
    dlq_url = one(values(rule.dead_letter_queues)).url
  } }
}

output "subscriptions" {
  description = "Subscriptions of the topic by name, each with its dead-letter queue."
  value = { for name, arn in module.subscriptions.subscription_arns : name => {
    arn     = arn
    dlq_url = module.subscriptions.dead_letter_queues[name].url
  } }
}
