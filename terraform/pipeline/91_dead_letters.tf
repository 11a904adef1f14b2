# Every source of dead-letter messages and, if it has one, the target of a redrive from that source, as `orderflow redrive` reads them.
# One parameter per source, so that none grows with the number of subscribers.
locals {
  dead_letter_sources = {
    queue = { for role, queue in local.queues : role => { queue = queue.dead_letter_queue, to = queue.name } }

    rule = { for role, rule in local.rules : role => merge(
      { queue = rule.dead_letter_queue, to = rule.arn },
      { for source in rule.redrive_event_source[*] : "redrive_event_source" => source },
    ) }

    subscription = merge([
      for topic, subscriptions in merge(
        { "" = module.subscriptions, notices- = module.notice_subscriptions, alarms- = module.alarm_subscriptions },
        { for subscriptions in values(module.page_subscriptions) : "pages-" => subscriptions },
        ) : {
        for name, queue in subscriptions.dead_letter_queues : "${topic}${name}" => { queue = queue.name, to = subscriptions.subscription_arns[name] }
      }
    ]...)

    function = { for name, function in local.all_functions : name => { queue = function.dead_letter_queue, to = "${function.name}:live" } if function.dead_letter_queue != null }
    bucket   = { for name, function in local.all_functions : name => { bucket = function.failure_bucket, to = "${function.name}:live" } if function.failure_bucket != null }
    schedule = merge({ tap_off = { queue = module.tap_schedule.dead_letter_queue.name } }, { for name, function in local.functions : function.schedule => { queue = "${local.prefix}-${replace(function.schedule, "_", "-")}-dlq", to = "${function.arn}:live" } if function.schedule != null })
    bus      = { orders = { queue = module.bus.dead_letter_queue.name, to = module.bus.bus_name } }
    unrouted = { unknown_event = { queue = local.queues.unrouted.name } }
  }
}

resource "aws_ssm_parameter" "dead_letters" {
  #checkov:skip=CKV2_AWS_34:names are not secret, and a plain parameter is readable without access to the key
  #checkov:skip=CKV_AWS_337:names are not secret, and a plain parameter is readable without access to the key
  for_each = merge([for kind, sources in local.dead_letter_sources : { for owner, source in sources : "${kind}/${owner}" => source }]...)

  name        = "/${var.project}/${var.environment}/dead-letters/${each.key}"
  description = "Dead-letter source ${each.key} of ${local.prefix}, and its redrive target, if any"
  type        = "String"
  value       = jsonencode(each.value)
}
