data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id

  # The ARN is constructed, not read from the rule, because the policies that name this ARN must exist before the rule's targets.
  rule_arn = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.bus_name == "default" ? "" : "${var.bus_name}/"}${var.name}"

  has_external_effects = var.external_effects || length(local.api_destinations) > 0
  decoded_pattern      = one([for pattern in var.event_pattern[*] : jsondecode(pattern)])
  pattern_keys         = flatten([for pattern in var.event_pattern[*] : keys(jsondecode(pattern))])

  extended_pattern = merge(
    local.has_external_effects ? { account = [local.account_id] } : {},
    local.decoded_pattern,
    local.has_external_effects || var.exclude_replays ? { "replay-name" = [{ exists = false }] } : {},
  )

  # jsonencode() replaces <, > and & with six-character escapes, which count against the limit and are hard to read in the console.
  pattern = one([for pattern in var.event_pattern[*] :
    replace(replace(replace(jsonencode(local.extended_pattern), "\\u003c", "<"), "\\u003e", ">"), "\\u0026", "&")
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
      condition     = !(local.has_external_effects || var.exclude_replays) || !contains(local.pattern_keys, "replay-name")
      error_message = "Remove `replay-name` from `event_pattern`: this rule excludes replayed events itself (`exclude_replays`, `external_effects` or an API destination)."
    }
    precondition {
      condition     = !local.has_external_effects || var.event_pattern == null || contains(local.pattern_keys, "source")
      error_message = "Name the `source` in `event_pattern`: a rule with effects outside this system (`external_effects` or an API destination) must not act on another producer's event."
    }
    precondition {
      condition     = !var.exclude_replays || var.event_pattern != null
      error_message = "Omit `exclude_replays` on a schedule: schedules are never replayed."
    }
  }
}
