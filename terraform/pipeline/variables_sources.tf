variable "forwarded_events" {
  description = "Events from AWS services that the default bus forwards to ours, keyed by a short name: their `source`, their `detail_types`, and optionally `detail`, a JSON pattern that selects some of them. Rules on our bus decide who receives them."
  type = map(object({
    source       = string
    detail_types = set(string)
    detail       = optional(string)
  }))
  default  = {}
  nullable = false
  validation {
    condition     = alltrue([for key in keys(var.forwarded_events) : can(regex("^[a-z][a-z0-9_]{0,19}$", key))])
    error_message = "forwarded_events: keys must be snake_case with at most 20 characters, because the rules are named after them."
  }
  validation {
    condition     = alltrue([for event in var.forwarded_events : can(regex("^aws\\.[a-z0-9.-]+$", event.source)) && !startswith(event.source, "aws.partner/")])
    error_message = "forwarded_events: source must be an AWS service such as aws.s3. A SaaS partner has its own bus (terraform/modules/event_bus); an application publishes to ours directly."
  }
  validation {
    condition     = alltrue([for event in var.forwarded_events : length(event.detail_types) > 0])
    error_message = "forwarded_events: detail_types must name the types to forward: a service emits many, and each forwarded event is billed."
  }
  validation {
    condition     = alltrue(flatten([for event in var.forwarded_events : [for detail in event.detail[*] : can(keys(jsondecode(detail))[0])]]))
    error_message = "forwarded_events: detail must be the JSON of an object with at least one key (jsonencode), or left out."
  }
}

variable "stream_readers" {
  description = "An optional second function that reads the orders stream beside the relay, keyed by the name of its directory in the zip file at the path `package`. `filter_patterns` are JSON strings, one of which must match. If the messages on the topic suffice, subscribe there instead."
  type = map(object({
    package         = string
    environment     = optional(map(string), {})
    filter_patterns = optional(list(string), [])
    permissions = optional(map(object({
      actions   = set(string)
      resources = set(string)
      conditions = optional(list(object({
        test     = string
        variable = string
        values   = set(string)
      })), [])
    })), {})
    sizing = optional(object({
      memory_mb            = optional(number, 512)
      timeout_seconds      = optional(number, 60)
      reserved_concurrency = optional(number)
    }), {})
  }))
  default  = {}
  nullable = false
  validation {
    condition     = length(var.stream_readers) <= 1
    error_message = "stream_readers must have at most one entry: a shard of the stream supports two readers, and the relay is one of them. A third would cause throttling and delay every order. Subscribe to the topic instead."
  }
  validation {
    condition     = alltrue([for key in keys(var.stream_readers) : can(regex("^[a-z][a-z0-9_]{0,19}$", key)) && !contains(keys(local.function_settings), key)])
    error_message = "stream_readers: each key must be the name of the function's directory, in snake_case with at most 20 characters, and not the name of a function in 01_functions.tf."
  }
  validation {
    condition     = var.environment != "prod" || alltrue([for reader in var.stream_readers : reader.sizing.reserved_concurrency != null])
    error_message = "stream_readers: sizing must set reserved_concurrency in prod, as for every function."
  }
}
