# A dead-letter message cannot be sent to an API destination directly: only EventBridge can call it, with its connection's secret. The
# message is redriven as an event with a source of its own, so no rule that names its sources sends it to another target again.
locals {
  redrive_rule_names = { for key in keys(local.api_destinations) : key => "${var.name}-${key}-redrive" }
  redrive_sources    = { for key in keys(local.api_destinations) : key => "redrive.${var.name}.${key}" }
  redrive_rule_arns = {
    for key, name in local.redrive_rule_names :
    key => "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.bus_name == "default" ? "" : "${var.bus_name}/"}${name}"
  }
}

resource "aws_cloudwatch_event_rule" "redrive" {
  for_each = local.redrive_rule_names

  name           = each.value
  description    = "Redrives dead-letter messages to ${each.key}"
  event_bus_name = var.bus_name
  tags           = var.tags
  event_pattern = jsonencode({
    account       = [local.account_id]
    source        = [local.redrive_sources[each.key]]
    "replay-name" = [{ exists = false }]
  })

  lifecycle {
    precondition {
      condition     = length(each.value) <= 64
      error_message = "Shorten `name` or the name of target '${each.key}': its redrive rule '${each.value}' exceeds the 64 characters that EventBridge allows."
    }
  }
}
