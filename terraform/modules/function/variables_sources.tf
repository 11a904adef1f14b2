variable "queue_sources" {
  description = "Queues that Lambda polls for the function. `filter_patterns` are JSON strings (use jsonencode), one of which must match. `event_count_metrics` adds metrics for polled, filtered and invoked events."
  type = map(object({
    queue_arn                  = string
    visibility_timeout_seconds = number
    batch_size                 = optional(number, 10)
    window_seconds             = optional(number, 0)
    maximum_concurrency        = optional(number, 10)
    filter_patterns            = optional(list(string), [])
    event_count_metrics        = optional(bool, false)
    enabled                    = optional(bool, true)
  }))
  default  = {}
  nullable = false

  # The sources are checked here, because a check in `invocation` would make the function wait for its sources.
  validation {
    condition     = (var.invocation.mode == "polled") == (length(var.queue_sources) + length(var.stream_sources) > 0)
    error_message = "queue_sources or stream_sources must have an entry if invocation.mode is polled; otherwise both must be empty."
  }
  validation {
    condition = var.sizing.reserved_concurrency == null ? true : (
      var.sizing.reserved_concurrency >= sum(concat([0], [for source in var.queue_sources : source.maximum_concurrency]))
    )
    error_message = "queue_sources: the sum of maximum_concurrency must not exceed sizing.reserved_concurrency, or throttled messages reach their maximum receive count and move to the dead-letter queue."
  }
}

variable "stream_sources" {
  description = "DynamoDB streams that Lambda reads for the function, from TRIM_HORIZON. Records that still fail after all retries are stored in full in the failure bucket."
  type = map(object({
    stream_arn                 = string
    failure_bucket_arn         = string
    batch_size                 = optional(number, 100)
    window_seconds             = optional(number, 0)
    parallelization_factor     = optional(number, 1)
    maximum_record_age_seconds = optional(number, 43200)
    maximum_retry_attempts     = optional(number, 10000)
    filter_patterns            = optional(list(string), [])
    event_count_metrics        = optional(bool, false)
    enabled                    = optional(bool, true)
  }))
  default  = {}
  nullable = false
  validation {
    condition     = length(distinct([for source in var.stream_sources : source.failure_bucket_arn])) <= 1
    error_message = "stream_sources: all sources of one function must have the same failure_bucket_arn, because the function receives only one bucket name (FAILURE_BUCKET)."
  }
}
