variable "name" {
  description = "Full name of the rule, such as `shop-dev-recorder`. Roles and API destinations are called `<name>-<target>`, dead-letter queues `<name>-<target>-dlq`, with hyphens for the dots of the name and the underscores of the target."
  type        = string
  nullable    = false
}

variable "bus_name" {
  description = "Name of the bus whose events the rule matches. `default` receives the events of AWS services and is the only bus that supports schedules."
  type        = string
  default     = "default"
  nullable    = false
}

variable "event_pattern" {
  description = "Event pattern as JSON (use `jsonencode()`), at most 2,048 characters including what `exclude_replays` and `external_effects` add. Set either this or `schedule_expression`."
  type        = string
  default     = null
  validation {
    condition     = (var.event_pattern == null) != (var.schedule_expression == null)
    error_message = "Set exactly one of `event_pattern` and `schedule_expression`: to run on a schedule and on events, create two rules."
  }
  validation {
    condition     = alltrue([for pattern in var.event_pattern[*] : can(keys(jsondecode(pattern))[0])])
    error_message = "`event_pattern` must be a JSON object with at least one key, for example jsonencode({ source = [\"shop.webhooks\"] }). To match every event, use jsonencode({ version = [\"0\"] })."
  }
}

variable "schedule_expression" {
  description = "`rate(...)` or `cron(...)`, in UTC, on the default bus only. EventBridge Scheduler is the better choice for new schedules: it supports time zones and flexible windows."
  type        = string
  default     = null
  validation {
    condition     = alltrue([for expression in var.schedule_expression[*] : can(regex("^(rate|cron)\\(.+\\)$", expression))])
    error_message = "`schedule_expression` must be rate(...) or cron(...), such as rate(1 hour), rate(5 minutes) or cron(0 6 ? * MON-FRI *)."
  }
  validation {
    condition     = var.schedule_expression == null || var.bus_name == "default"
    error_message = "Set `bus_name = \"default\"` for a rule with a `schedule_expression`: EventBridge runs schedules on the default bus only."
  }
}

variable "external_effects" {
  description = "Whether a target has effects outside this system that must not happen twice. The rule then excludes replayed events and, unless its pattern names an `account`, other accounts' events; its pattern must name the `source`. Implied by an API destination."
  type        = bool
  default     = false
  nullable    = false
}

variable "exclude_replays" {
  description = "Whether events replayed from an archive are excluded."
  type        = bool
  default     = false
  nullable    = false
}

variable "enabled" {
  description = "Whether the rule matches events. A disabled rule keeps its targets and permissions; if it is enabled by other means, the next apply disables it again."
  type        = bool
  default     = true
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key for the dead-letter queues. Its key policy must let `events.amazonaws.com` use it. With `null`, SQS manages the keys."
  type        = string
  default     = null
}

variable "alarm_topic_arn" {
  description = "ARN of the topic that the alarms notify. With `null`, the alarms have no action."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources that the module creates."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the targets' roles; null for none."
  type        = string
  default     = null
}
