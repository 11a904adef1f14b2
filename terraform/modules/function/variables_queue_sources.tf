variable "queue_sources" {
  description = "Queues that Lambda polls for the function. `filter_patterns` are JSON texts (use jsonencode) of which one must match."
  type = map(object({
    queue_arn                  = string
    visibility_timeout_seconds = number
    batch_size                 = optional(number, 10)
    window_seconds             = optional(number, 0)
    maximum_concurrency        = optional(number, 10)
    filter_patterns            = optional(list(string), [])
    enabled                    = optional(bool, true)
  }))
  default  = {}
  nullable = false

  # Here and not at invocation, which would make the function wait for its sources.
  validation {
    condition     = (var.invocation == "polled") == (length(var.queue_sources) + length(var.stream_sources) > 0)
    error_message = "A polled function needs at least one entry in queue_sources or stream_sources, and only a polled function may have them."
  }

  validation {
    condition = alltrue([
      for source in var.queue_sources :
      source.visibility_timeout_seconds >= 6 * var.sizing.timeout_seconds + source.window_seconds
    ])
    error_message = "queue_sources: visibility_timeout_seconds must be at least 6 x sizing.timeout_seconds + window_seconds, or SQS hands a message to a second worker while the first still has it. Raise the queue's visibility timeout or lower the function's timeout."
  }

  validation {
    condition     = alltrue([for source in var.queue_sources : source.batch_size >= 1 && source.batch_size <= 10000])
    error_message = "queue_sources: batch_size must be 1 to 10000."
  }

  validation {
    condition     = alltrue([for source in var.queue_sources : source.window_seconds >= 0 && source.window_seconds <= 300])
    error_message = "queue_sources: window_seconds must be 0 to 300."
  }

  validation {
    condition     = alltrue([for source in var.queue_sources : source.batch_size <= 10 || source.window_seconds >= 1])
    error_message = "queue_sources: a batch_size over 10 needs window_seconds of at least 1, because one receive returns at most 10 messages."
  }

  validation {
    condition = alltrue([
      for source in var.queue_sources :
      !endswith(source.queue_arn, ".fifo") || (source.batch_size <= 10 && source.window_seconds == 0)
    ])
    error_message = "queue_sources: a FIFO queue takes a batch_size of at most 10 and no window_seconds."
  }

  validation {
    condition     = alltrue([for source in var.queue_sources : source.maximum_concurrency >= 2 && source.maximum_concurrency <= 1000])
    error_message = "queue_sources: maximum_concurrency must be 2 to 1000, the range of Lambda."
  }

  validation {
    condition = var.sizing.reserved_concurrency == null ? true : (
      var.sizing.reserved_concurrency >= sum(concat([0], [for source in var.queue_sources : source.maximum_concurrency]))
    )
    error_message = "queue_sources: the sum of maximum_concurrency must not exceed sizing.reserved_concurrency, or throttled messages use up their receives and land in the dead-letter queue."
  }

  validation {
    condition = alltrue(flatten([
      for source in var.queue_sources : [for pattern in source.filter_patterns : can(keys(jsondecode(pattern)))]
    ]))
    error_message = "queue_sources: each of filter_patterns must be the JSON text of an object: write jsonencode({ body = { ... } })."
  }

  validation {
    condition     = alltrue([for source in var.queue_sources : length(source.filter_patterns) <= 5])
    error_message = "queue_sources: a mapping takes at most 5 filter_patterns."
  }
}
