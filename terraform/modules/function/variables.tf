variable "name" {
  description = "Name of the function and of its role. Its log group is `/aws/lambda/<name>`, its dead-letter queue `<name>-function-dlq`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits, hyphens or underscores, the limit of Lambda and of IAM roles."
  }
}

variable "code" {
  description = "What runs: the path of the deployment zip, the `handler` in it, and what it runs on. `layers` are ARNs of versions. `object` is the version of an object of S3 that holds the same zip; without it the zip is sent with the call, and the provider makes one function after another. `rollback` keeps the alias at an older `version` for as long as the package is the one whose source_code_hash is `instead_of`, that is until the code changes."
  type = object({
    package      = string
    object       = optional(object({ bucket = string, key = string, version = string }))
    handler      = string
    runtime      = optional(string, "python3.13")
    architecture = optional(string, "arm64")
    layers       = optional(list(string), [])
    rollback     = optional(object({ version = string, instead_of = string }))
  })
  nullable = false
  validation {
    condition     = var.code.rollback == null ? true : can(regex("^[1-9][0-9]*$", var.code.rollback.version))
    error_message = "code: rollback.version must be the number of a published version."
  }
  validation {
    condition     = endswith(var.code.package, ".zip") && fileexists(var.code.package)
    error_message = "code: package must be the path of an existing .zip file; got ${var.code.package}. Build it first."
  }
}

variable "kms" {
  description = "ARNs of customer keys: `key_arn` encrypts environment variables, logs and the dead-letter queue; `further_key_arns` encrypt sources and resources of others that the function uses."
  type        = object({ key_arn = string, further_key_arns = optional(set(string), []) })
  nullable    = false
  validation {
    condition     = alltrue([for arn in concat([var.kms.key_arn], tolist(var.kms.further_key_arns)) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", arn))])
    error_message = "kms must hold ARNs of keys (arn:aws:kms:<region>:<account>:key/<id>): an alias or a bare id is not enough for the policies built from it."
  }
}

variable "invocation" {
  description = "How AWS invokes the function: `mode` is `synchronous` (HTTP API, Step Functions), `asynchronous` (EventBridge, SNS, Scheduler, S3) or `polled` (queue_sources, stream_sources). An asynchronous event is tried again that often and for that long, then goes to the dead-letter queue."
  type        = object({ mode = string, maximum_retry_attempts = optional(number, 2), maximum_event_age_seconds = optional(number, 3600) })
  nullable    = false
  validation {
    condition     = contains(["synchronous", "asynchronous", "polled"], var.invocation.mode)
    error_message = "invocation: mode must be synchronous, asynchronous or polled; got ${var.invocation.mode}."
  }
}

variable "environment" {
  description = "Environment variables. The module adds DEAD_LETTER_QUEUE_URL or FAILURE_BUCKET where the function has one, and POWERTOOLS_SERVICE_NAME, the function's name unless given."
  type        = map(string)
  default     = {}
  nullable    = false
  validation {
    condition     = alltrue([for key in keys(var.environment) : can(regex("^[A-Z][A-Z0-9_]+$", key)) && !startswith(key, "AWS_")])
    error_message = "environment: names must be UPPER_SNAKE_CASE and must not start with AWS_, which Lambda reserves."
  }
  validation {
    condition     = length(setintersection(keys(var.environment), ["DEAD_LETTER_QUEUE_URL", "FAILURE_BUCKET"])) == 0
    error_message = "environment: DEAD_LETTER_QUEUE_URL and FAILURE_BUCKET are set by the module; leave them out."
  }
}

variable "sizing" {
  description = "Memory, timeout, space in /tmp, reserved concurrency, and how many workers are kept warm (provisioned). Reserve concurrency only where the account's quota leaves 100 for all others."
  type = object({
    memory_mb               = optional(number, 512)
    timeout_seconds         = optional(number, 30)
    ephemeral_storage_mb    = optional(number, 512)
    reserved_concurrency    = optional(number)
    provisioned_concurrency = optional(number)
  })
  default  = {}
  nullable = false
  validation {
    condition     = var.sizing.reserved_concurrency == null ? true : var.sizing.reserved_concurrency >= 1
    error_message = "sizing: reserved_concurrency must be at least 1, or null for none. Zero would stop the function; disable its source instead."
  }
}

variable "observability" {
  description = "Logs, traces and alarms: how long logs are kept, from which level on Lambda's own lines are logged, whether Lambda traces, the topic that alarms notify (null keeps them without an action), and above what they are raised."
  type = object({
    log_retention_days = optional(number, 30)
    system_log_level   = optional(string)
    tracing            = optional(bool, true)
    alarm_topic_arn    = optional(string)
    alarm_thresholds = optional(object({
      errors               = optional(number, 0)
      throttles            = optional(number, 0)
      duration_percent     = optional(number, 80)
      iterator_age_seconds = optional(number, 900)
    }), {})
  })
  default  = {}
  nullable = false
}

variable "tags" {
  description = "Tags of everything that the module makes."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of the role. null: none."
  type        = string
  default     = null
}
