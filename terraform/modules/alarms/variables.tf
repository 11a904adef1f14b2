variable "alarms" {
  description = "Alarms by name, each with a `kind` that names its runbook, on one metric or on its sum over several sets of dimensions (`sum_of`, keyed by a short name). Missing data is treated as not breaching."
  type = map(object({
    description         = string
    kind                = string
    namespace           = string
    metric_name         = string
    dimensions          = optional(map(string), {})
    sum_of              = optional(map(map(string)), {})
    statistic           = optional(string, "Sum")
    extended_statistic  = optional(string)
    comparison_operator = optional(string, "GreaterThanThreshold")
    threshold           = optional(number, 0)
    period              = optional(number, 60)
    evaluation_periods  = optional(number, 1)
    datapoints_to_alarm = optional(number)
  }))
  nullable = false
  validation {
    condition     = alltrue([for alarm in var.alarms : (length(alarm.dimensions) > 0) != (length(alarm.sum_of) > 0)])
    error_message = "alarms: each entry must have either dimensions or sum_of; with neither, it would watch the metric of the entire account, or none."
  }
}

variable "topic_arn" {
  description = "ARN of the topic that the alarms notify; with null, the alarms have no action."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of the alarms."
  type        = map(string)
  default     = {}
  nullable    = false
}
