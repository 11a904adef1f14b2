variable "name" {
  description = "Name of the schedule. Its role is called `<name>-scheduler`, its dead-letter queue `<name>-dlq`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,54}$", var.name))
    error_message = "name must be 1 to 54 letters, digits, hyphens or underscores, so that `<name>-scheduler` fits the 64 characters of a role name."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key that encrypts the schedule's input and its dead-letter queue."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not an alias or a key ID."
  }
}

variable "expression" {
  description = "When the schedule runs: `rate(5 minutes)`, `cron(0 6 ? * MON-FRI *)` or `at(2030-01-31T06:00:00)`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^(rate\\([1-9][0-9]* (minute|minutes|hour|hours|day|days)\\)|cron\\(\\S+( \\S+){5}\\)|at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\))$", var.expression))
    error_message = "expression must be rate(...), cron(...) with six fields or at(yyyy-mm-ddThh:mm:ss), such as rate(1 hour), rate(5 minutes) or cron(0 6 ? * MON-FRI *). For an event pattern, use the module event_rule."
  }
}

variable "timezone" {
  description = "IANA time zone of a cron or at expression; daylight saving time is observed."
  type        = string
  default     = "UTC"
  nullable    = false
  validation {
    condition     = can(regex("^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z0-9_+-]+)+)$", var.timezone))
    error_message = "timezone must be an IANA name such as Europe/Berlin, or UTC."
  }
}

variable "flexible_window_minutes" {
  description = "Flexible time window, in minutes, within which the target is invoked; with null, the target is invoked at the scheduled time."
  type        = number
  default     = null
}

variable "target" {
  description = "Target of the schedule: exactly one of `function_arn` (Lambda function), `queue_arn` (standard SQS queue) and `rule_to_disable` (EventBridge rule to disable). `input` is the JSON that a function or queue receives."
  type = object({
    function_arn = optional(string)
    queue_arn    = optional(string)
    rule_to_disable = optional(object({
      name     = string
      bus_name = string
      arn      = string
    }))
    input = optional(string, "{}")
  })
  nullable = false
  validation {
    condition     = 1 == length([for is_set in [var.target.function_arn != null, var.target.queue_arn != null, var.target.rule_to_disable != null] : is_set if is_set])
    error_message = "target must have exactly one of function_arn, queue_arn and rule_to_disable."
  }
  validation {
    condition     = var.target.queue_arn == null ? true : !endswith(var.target.queue_arn, ".fifo")
    error_message = "target: queue_arn must be the ARN of a standard queue; a FIFO queue requires a message group, which this module does not set."
  }
  validation {
    condition     = can(jsondecode(var.target.input))
    error_message = "target: input must be JSON, for example jsonencode({ ... })."
  }
}

variable "retry" {
  description = "How many times and for how long Scheduler retries an invocation before it goes to the dead-letter queue."
  type        = object({ maximum_attempts = optional(number, 10), maximum_event_age_seconds = optional(number, 3600) })
  default     = {}
  nullable    = false
}

variable "enabled" {
  description = "Whether the schedule runs."
  type        = bool
  default     = true
  nullable    = false
}

variable "group_name" {
  description = "Name of an existing schedule group for the schedule; with null, the module creates a group with the schedule's name."
  type        = string
  default     = null
}

variable "alarm_topic_arn" {
  description = "ARN of the topic that the alarms notify; with null, the alarms have no action."
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
  description = "ARN of the permissions boundary of the role; null for none."
  type        = string
  default     = null
}
