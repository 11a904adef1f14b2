variable "targets" {
  description = <<-EOT
    One to five targets by name. Each has exactly one of the blocks `lambda`, `sqs`, `sns`, `kinesis`, `firehose`, `api_destination`, `event_bus`, `step_functions`, `log_group`, which
    determines its role or permission. Each has its own dead-letter queue for events that still fail after `retry`. `input` replaces the event with constant JSON, a part of the event, or text built from it.
  EOT
  type = map(object({
    lambda = optional(object({ function_arn = string }))
    sqs = optional(object({
      queue_arn        = string
      message_group_id = optional(string)
    }))
    sns = optional(object({ topic_arn = string }))
    kinesis = optional(object({
      stream_arn         = string
      partition_key_path = optional(string, "$.id")
      kms_key_arn        = optional(string)
    }))
    firehose = optional(object({ stream_arn = string }))
    api_destination = optional(object({
      endpoint               = string
      method                 = optional(string, "POST")
      invocations_per_second = optional(number, 10)
      header_parameters      = optional(map(string), {})
      query_parameters       = optional(map(string), {})
      path_parameters        = optional(list(string), [])
      connection = object({
        api_key = optional(object({ header = string }))
        basic   = optional(object({ username = string }))
        oauth = optional(object({
          token_endpoint   = string
          method           = optional(string, "POST")
          client_id        = string
          body_parameters  = optional(map(string), {})
          query_parameters = optional(map(string), {})
        }))
        kms_key_arn = optional(string)
      })
    }))
    event_bus      = optional(object({ bus_arn = string }))
    step_functions = optional(object({ state_machine_arn = string }))
    log_group      = optional(object({ log_group_arn = string }))
    input = optional(object({
      constant = optional(string)
      path     = optional(string)
      template = optional(string)
      values   = optional(map(string), {})
    }))
    retry = optional(object({
      maximum_attempts    = optional(number, 24)
      maximum_age_seconds = optional(number, 3600)
    }), {})
  }))
  nullable = false
  validation {
    condition     = length(var.targets) >= 1 && length(var.targets) <= 5
    error_message = "targets must have one to five entries: EventBridge allows five targets per rule. Add a second rule with the same pattern for a sixth target."
  }
  validation {
    condition     = alltrue([for key in keys(var.targets) : can(regex("^[a-z][a-z0-9_]*$", key))])
    error_message = "targets: keys must be snake_case (lower-case letters, digits and '_', beginning with a letter)."
  }
  validation {
    condition     = alltrue([for key in keys(var.targets) : length("${var.name}-${key}") <= 64])
    error_message = "Shorten `name` or the target's name: `<name>-<target>` must have at most 64 characters, the limit of roles and API destinations."
  }
  validation {
    condition = alltrue([for target in var.targets : 1 == length([for block in [
      target.lambda != null, target.sqs != null, target.sns != null, target.kinesis != null, target.firehose != null,
      target.api_destination != null, target.event_bus != null, target.step_functions != null, target.log_group != null,
    ] : block if block])])
    error_message = "Set exactly one block in each target: lambda, sqs, sns, kinesis, firehose, api_destination, event_bus, step_functions or log_group."
  }
}

variable "connection_secrets" {
  description = "Secret of each API destination's connection, by target name: the API key, the password or the OAuth client secret. It is stored in the Terraform state, so encrypt the state and restrict access to it."
  type        = map(string)
  default     = {}
  nullable    = false
  sensitive   = true
  validation {
    condition     = join(",", sort(keys(var.connection_secrets))) == join(",", sort([for key, target in var.targets : key if target.api_destination != null]))
    error_message = "connection_secrets must have exactly one entry for each target with an api_destination, keyed by the target's name."
  }
}
