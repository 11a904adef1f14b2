data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account   = data.aws_caller_identity.this.account_id
  partition = data.aws_partition.this.partition
  region    = data.aws_region.this.id

  # Constructed, not read from the rule, so that targets' policies can name the rule, which waits for them.
  rule_arn = "arn:${local.partition}:events:${local.region}:${local.account}:rule/${var.bus_name == "default" ? "" : "${var.bus_name}/"}${var.name}"

  outside_effects = var.outside_effects || length(local.api_destinations) > 0
  pattern_given   = one([for pattern in var.event_pattern[*] : jsondecode(pattern)])
  pattern_keys    = flatten([for pattern in var.event_pattern[*] : keys(jsondecode(pattern))])

  pattern_object = merge(
    local.outside_effects ? { account = [local.account] } : {},
    local.pattern_given,
    local.outside_effects || var.exclude_replays ? { "replay-name" = [{ exists = false }] } : {},
  )

  # jsonencode() writes <, > and & as six characters each, which count against the limit and cannot be read in the console.
  pattern = one([for pattern in var.event_pattern[*] :
    replace(replace(replace(jsonencode(local.pattern_object), "\\u003c", "<"), "\\u003e", ">"), "\\u0026", "&")
  ])
}

module "pattern" {
  source   = "../pattern"
  patterns = { for pattern in var.event_pattern[*] : "rule" => pattern }
}

resource "aws_cloudwatch_event_rule" "this" {
  name                = var.name
  event_bus_name      = var.bus_name
  event_pattern       = local.pattern
  schedule_expression = var.schedule_expression
  state               = var.enabled ? "ENABLED" : "DISABLED"
  tags                = var.tags

  lifecycle {
    precondition {
      condition     = length(flatten(values(module.pattern.problems))) == 0
      error_message = "Change `event_pattern`: ${join("; ", flatten(values(module.pattern.problems)))}."
    }
    precondition {
      condition     = alltrue([for pattern in local.pattern[*] : length(pattern) <= 2048])
      error_message = "Shorten `event_pattern`, or split it into two rules: with the module's additions it has ${length(join("", local.pattern[*]))} characters and EventBridge allows 2,048."
    }
    precondition {
      condition     = !(local.outside_effects || var.exclude_replays) || !contains(local.pattern_keys, "replay-name")
      error_message = "Remove `replay-name` from `event_pattern`: this rule excludes replayed events itself (`exclude_replays`, `outside_effects` or an API destination)."
    }
    precondition {
      condition     = !local.outside_effects || var.event_pattern == null || contains(local.pattern_keys, "source")
      error_message = "Name the `source` in `event_pattern`: a rule with outside effects (`outside_effects` or an API destination) must not act on another producer's event."
    }
    precondition {
      condition     = !var.exclude_replays || var.event_pattern != null
      error_message = "Leave out `exclude_replays` on a schedule: schedules are never replayed."
    }
  }
}
