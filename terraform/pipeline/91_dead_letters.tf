# Every place where something waits that could not be handled, and where each goes back to: what `orderflow redrive` reads.
# One parameter per kind, as one of them holds 4 KB (8 KB where it needs to).
locals {
  dead_letters = {
    queue = { for role, queue in local.queues : role => { queue = queue.dead_letter_queue_name, to = queue.queue_name } }

    rule = { for role, rule in local.rules : role => merge(
      { queue = one(values(rule.dead_letter_queues)).name, to = rule.rule_arn },
      { for source in values(rule.redrive_sources) : "redrive_source" => source },
    ) }

    subscription = merge([
      for topic, subscriptions in { "" = module.subscriptions, notices- = module.notice_subscriptions, alarms- = module.alarm_subscriptions } : {
        for name, queue in subscriptions.dead_letter_queues : "${topic}${name}" => { queue = queue.name, to = subscriptions.subscription_arns[name] }
      }
    ]...)

    function = {
      for name, function in local.functions : name => { queue = function.dead_letter_queue_name, to = function.function_name }
      if contains(keys(local.quarantined), name)
    }

    schedule = { deadline_check = { queue = module.deadline_check.dead_letter_queue_name, to = module.payment_deadline.function_arn } }
    bus      = { orders = { queue = module.bus.dead_letter_queue.name, to = module.bus.bus_name } }
    unrouted = { unknown_event = { queue = module.unrouted.queue_name } }
    bucket = merge({ relay = { bucket = module.failures.bucket_name, to = module.relay.function_name } }, {
      for name, reader in module.stream_reader : name => { bucket = module.stream_reader_failures[name].bucket_name, to = reader.function_name }
    })
  }

  # Written out, because a key must be known before anything exists: every function that is not called synchronously, but the
  # relay, whose place is the bucket.
  quarantined = { for name in ["pos_import", "payment_deadline", "recorder", "finance", "warehouse", "customer_service"] : name => true }
}

resource "aws_ssm_parameter" "dead_letters" {
  #checkov:skip=CKV2_AWS_34:names are not secret, and a plain parameter is readable without access to the key
  #checkov:skip=CKV_AWS_337:names are not secret, and a plain parameter is readable without access to the key
  for_each = local.dead_letters

  name        = "/${var.project}/${var.environment}/dead-letters/${each.key}"
  description = "Dead-letter places of the kind ${each.key} of ${local.prefix}, and where each goes back to"
  type        = "String"
  tier        = "Intelligent-Tiering"
  value       = jsonencode(each.value)
}
