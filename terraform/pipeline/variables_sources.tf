variable "forwarded_events" {
  description = "Events of AWS services that the default bus passes on to ours, by a short name: their `source`, their `detail_types`, and `detail` as the JSON of a pattern where not all are wanted. What becomes of them, a rule on our bus says."
  type = map(object({
    source       = string
    detail_types = set(string)
    detail       = optional(string)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.forwarded_events) : can(regex("^[a-z][a-z0-9_]{0,19}$", key))])
    error_message = "forwarded_events: name each entry in snake_case with at most 20 characters, because the rule is named after it."
  }

  validation {
    condition     = alltrue([for event in var.forwarded_events : can(regex("^aws\\.[a-z0-9.-]+$", event.source)) && !startswith(event.source, "aws.partner/")])
    error_message = "forwarded_events: source must be an AWS service such as aws.s3. A partner has a bus of its own (modules/event_bus), an application puts its events on ours directly."
  }

  validation {
    condition     = alltrue([for event in var.forwarded_events : length(event.detail_types) > 0])
    error_message = "forwarded_events: detail_types must name what is wanted: a service says much, and each forwarded event is paid for."
  }

  validation {
    condition     = alltrue(flatten([for event in var.forwarded_events : [for detail in event.detail[*] : can(keys(jsondecode(detail))[0])]]))
    error_message = "forwarded_events: detail must be the JSON of an object with at least one key (jsonencode), or left out."
  }
}
