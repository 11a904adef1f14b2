# A dead-letter message of an API destination cannot be sent to it directly: EventBridge calls it, with the secret of its connection. It
# goes back as an event of a source that this rule, and no other, matches. So no other target of the bus sees it a second time.
locals {
  redrive_names   = { for key in keys(local.api_destinations) : key => "${var.name}-${key}-redrive" }
  redrive_sources = { for key in keys(local.api_destinations) : key => "redrive.${var.name}.${key}" }
  redrive_arns = {
    for key, name in local.redrive_names :
    key => "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.bus_name == "default" ? "" : "${var.bus_name}/"}${name}"
  }
}

resource "aws_cloudwatch_event_rule" "redrive" {
  for_each = local.redrive_names

  name           = each.value
  description    = "Takes dead-letter messages of ${each.key} back to it"
  event_bus_name = var.bus_name
  tags           = var.tags
  event_pattern = jsonencode({
    account       = [local.account]
    source        = [local.redrive_sources[each.key]]
    "replay-name" = [{ exists = false }]
  })

  lifecycle {
    precondition {
      condition     = length(each.value) <= 64
      error_message = "Shorten `name` or the key of target '${each.key}': its redrive rule '${each.value}' would be longer than the 64 characters EventBridge allows."
    }
  }
}
