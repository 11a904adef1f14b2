variable "name" {
  description = "Name of the function and of its role. Its log group is `/aws/lambda/<name>`, its dead-letter queue `<name>-dead-letter`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits, hyphens or underscores, the limit of Lambda and of IAM roles."
  }
}

variable "function" {
  description = "Directory name of the function in the package; the handler is `<function>.handler.handler`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]*$", var.function))
    error_message = "function must be the snake_case name of a Python package, as in the zip: for example storefront_api."
  }
}

variable "package" {
  description = "Path of the deployment zip."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.package, ".zip") && fileexists(var.package)
    error_message = "package must be the path of an existing .zip file. Build the packages first: make package."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer key for environment variables, logs, the dead-letter queue and the sources and resources the function uses."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>): an alias or a bare id is not enough for the policies built from it."
  }
}

variable "invocation" {
  description = "How AWS invokes the function: `synchronous` (HTTP API, Step Functions), `asynchronous` (EventBridge, SNS, Scheduler, S3) or `polled` (queue_sources, stream_sources)."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["synchronous", "asynchronous", "polled"], var.invocation)
    error_message = "invocation must be synchronous, asynchronous or polled."
  }

  validation {
    condition     = (var.invocation == "polled") == (length(var.queue_sources) + length(var.stream_sources) > 0)
    error_message = "A polled function needs at least one entry in queue_sources or stream_sources, and only a polled function may have them."
  }
}

variable "environment" {
  description = "Environment variables. The module adds POWERTOOLS_SERVICE_NAME, and DEAD_LETTER_QUEUE_URL or FAILURE_BUCKET where the function has one."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key in keys(var.environment) : can(regex("^[A-Z][A-Z0-9_]+$", key)) && !startswith(key, "AWS_")])
    error_message = "environment: names must be UPPER_SNAKE_CASE and must not start with AWS_, which Lambda reserves."
  }

  validation {
    condition     = length(setintersection(keys(var.environment), ["DEAD_LETTER_QUEUE_URL", "FAILURE_BUCKET", "POWERTOOLS_SERVICE_NAME"])) == 0
    error_message = "environment: DEAD_LETTER_QUEUE_URL, FAILURE_BUCKET and POWERTOOLS_SERVICE_NAME are set by the module; leave them out."
  }
}

variable "permissions" {
  description = "What the function may do beyond its logs, traces, sources and dead letters: one policy statement per entry, keyed by a short name."
  type = map(object({
    actions   = set(string)
    resources = set(string)
    conditions = optional(list(object({
      test     = string
      variable = string
      values   = set(string)
    })), [])
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for key in keys(var.permissions) : can(regex("^[a-z][a-z0-9_]*$", key))])
    error_message = "permissions: keys must be snake_case, because the statement ids are made from them."
  }

  validation {
    condition = alltrue(flatten([
      for permission in var.permissions : [for action in permission.actions : can(regex("^[a-z0-9-]+:[A-Za-z]+$", action))]
    ]))
    error_message = "permissions: actions must be complete (`dynamodb:PutItem`), without wildcards."
  }

  validation {
    condition = alltrue(flatten([
      for permission in var.permissions : [for resource in permission.resources : startswith(resource, "arn:")]
    ]))
    error_message = "permissions: resources must be ARNs; `*` grants the action on everything in the account."
  }

  validation {
    condition     = alltrue([for permission in var.permissions : length(permission.actions) > 0])
    error_message = "permissions: every entry needs at least one action."
  }
}

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

variable "stream_sources" {
  description = "DynamoDB streams that Lambda reads for the function, from TRIM_HORIZON. Records it gives up on go to the bucket, whole."
  type = map(object({
    stream_arn                 = string
    failure_bucket_arn         = string
    batch_size                 = optional(number, 100)
    window_seconds             = optional(number, 0)
    parallelization_factor     = optional(number, 1)
    maximum_record_age_seconds = optional(number, 43200)
    maximum_retry_attempts     = optional(number, 10000)
    filter_patterns            = optional(list(string), [])
    enabled                    = optional(bool, true)
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for source in var.stream_sources : strcontains(source.stream_arn, "/stream/")])
    error_message = "stream_sources: stream_arn must be the ARN of a DynamoDB stream (.../table/<name>/stream/<label>), the stream_arn output of table_with_stream."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : can(regex("^arn:[a-z-]+:s3:::[^/*]+$", source.failure_bucket_arn))])
    error_message = "stream_sources: failure_bucket_arn must be the ARN of an S3 bucket: only S3 receives the records themselves, a queue or topic gets their position in the stream."
  }

  validation {
    condition     = length(distinct([for source in var.stream_sources : source.failure_bucket_arn])) <= 1
    error_message = "stream_sources: all sources of one function must name the same failure_bucket_arn, which the function also finds in FAILURE_BUCKET."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : source.batch_size >= 1 && source.batch_size <= 10000])
    error_message = "stream_sources: batch_size must be 1 to 10000."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : source.window_seconds >= 0 && source.window_seconds <= 300])
    error_message = "stream_sources: window_seconds must be 0 to 300."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : contains(range(1, 11), source.parallelization_factor)])
    error_message = "stream_sources: parallelization_factor must be 1 to 10."
  }

  validation {
    condition = alltrue([
      for source in var.stream_sources :
      source.maximum_record_age_seconds >= 60 && source.maximum_record_age_seconds <= 64800
    ])
    error_message = "stream_sources: maximum_record_age_seconds must be 60 to 64800 (18 hours): the stream forgets a record after 24 hours, and what is given up on must reach the bucket before that."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : source.maximum_retry_attempts >= 0 && source.maximum_retry_attempts <= 10000])
    error_message = "stream_sources: maximum_retry_attempts must be 0 to 10000; -1 would block the shard for as long as one bad record lives."
  }

  validation {
    condition = alltrue(flatten([
      for source in var.stream_sources : [for pattern in source.filter_patterns : can(keys(jsondecode(pattern)))]
    ]))
    error_message = "stream_sources: each of filter_patterns must be the JSON text of an object: write jsonencode({ eventName = [\"INSERT\"] })."
  }

  validation {
    condition     = alltrue([for source in var.stream_sources : length(source.filter_patterns) <= 5])
    error_message = "stream_sources: a mapping takes at most 5 filter_patterns."
  }
}

variable "sizing" {
  description = "Memory, timeout and reserved concurrency. Reserve concurrency only where the account's quota leaves 100 for all others."
  type = object({
    memory_mb            = optional(number, 512)
    timeout_seconds      = optional(number, 30)
    reserved_concurrency = optional(number)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.sizing.memory_mb >= 128 && var.sizing.memory_mb <= 10240
    error_message = "sizing: memory_mb must be 128 to 10240."
  }

  validation {
    condition     = var.sizing.timeout_seconds >= 1 && var.sizing.timeout_seconds <= 900
    error_message = "sizing: timeout_seconds must be 1 to 900."
  }

  validation {
    condition     = var.sizing.reserved_concurrency == null ? true : var.sizing.reserved_concurrency >= 1
    error_message = "sizing: reserved_concurrency must be at least 1, or null for none. Zero would stop the function; disable its source instead."
  }
}

variable "asynchronous_retry" {
  description = "For an asynchronous function: how often and how long Lambda tries again before the event goes to the dead-letter queue."
  type = object({
    maximum_retry_attempts    = optional(number, 2)
    maximum_event_age_seconds = optional(number, 3600)
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains([0, 1, 2], var.asynchronous_retry.maximum_retry_attempts)
    error_message = "asynchronous_retry: maximum_retry_attempts must be 0, 1 or 2, the range of Lambda."
  }

  validation {
    condition     = var.asynchronous_retry.maximum_event_age_seconds >= 60 && var.asynchronous_retry.maximum_event_age_seconds <= 21600
    error_message = "asynchronous_retry: maximum_event_age_seconds must be 60 to 21600 (6 hours), the range of Lambda."
  }
}

variable "log_retention_days" {
  description = "How long the function's logs are kept."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "log_retention_days must be one of the periods CloudWatch Logs offers (1, 3, 5, 7, 14, 30, 60, 90, ... 3653)."
  }
}

variable "alarm_topic_arn" {
  description = "Topic that the alarms notify; null keeps the alarms without an action."
  type        = string
  default     = null
}

variable "emulator_gaps" {
  description = "What the policy must leave out or add where an emulator stands in for AWS: condition keys it does not fill, and actions it checks under another name. Empty on AWS."
  type = object({
    condition_keys = optional(set(string), [])
    action_aliases = optional(map(set(string)), {})
  })
  default  = {}
  nullable = false
}
