variable "name" {
  description = "Name of the function and of its role. Its log group is `/aws/lambda/<name>`, its dead-letter queue `<name>-function-dlq`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits, hyphens or underscores, as Lambda and IAM require."
  }
}

variable "code" {
  description = "Code of the function: the path of the deployment zip (`package`), its `handler` and the runtime. `layers` are ARNs of layer versions. `object` is the version of an S3 object with the same zip; without it the zip is uploaded with the API call, and the provider creates functions one at a time. `rollback` keeps the alias at an older `version` while the package's source_code_hash equals `instead_of`, that is, until the code changes."
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
  description = "ARNs of customer managed keys: `key_arn` encrypts environment variables, logs and the dead-letter queue; `further_key_arns` are keys of other sources and resources that the function uses."
  type        = object({ key_arn = string, further_key_arns = optional(set(string), []) })
  nullable    = false
  validation {
    condition     = alltrue([for arn in concat([var.kms.key_arn], tolist(var.kms.further_key_arns)) : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", arn))])
    error_message = "kms must contain ARNs of keys (arn:aws:kms:<region>:<account>:key/<id>): the IAM policies that contain them need ARNs, not aliases or key IDs."
  }
}

variable "invocation" {
  description = "How AWS invokes the function: `mode` is `synchronous` (HTTP API, Step Functions), `asynchronous` (EventBridge, SNS, Scheduler, S3) or `polled` (queue_sources, stream_sources). The retry settings limit the attempts and the age of asynchronous events, which then go to the dead-letter queue."
  type        = object({ mode = string, maximum_retry_attempts = optional(number, 2), maximum_event_age_seconds = optional(number, 3600) })
  nullable    = false
  validation {
    condition     = contains(["synchronous", "asynchronous", "polled"], var.invocation.mode)
    error_message = "invocation: mode must be synchronous, asynchronous or polled; got ${var.invocation.mode}."
  }
}

variable "environment" {
  description = "Environment variables. The module adds DEAD_LETTER_QUEUE_URL if the function has a dead-letter queue, FAILURE_BUCKET if it has a failure bucket, and POWERTOOLS_SERVICE_NAME, by default the function's name."
  type        = map(string)
  default     = {}
  nullable    = false
  validation {
    condition     = alltrue([for key in keys(var.environment) : can(regex("^[A-Z][A-Z0-9_]+$", key)) && !startswith(key, "AWS_")])
    error_message = "environment: names must be UPPER_SNAKE_CASE and must not start with AWS_, because Lambda reserves many such names."
  }
  validation {
    condition     = length(setintersection(keys(var.environment), ["DEAD_LETTER_QUEUE_URL", "FAILURE_BUCKET"])) == 0
    error_message = "environment must not contain DEAD_LETTER_QUEUE_URL or FAILURE_BUCKET, which the module sets. Remove them."
  }
}

variable "sizing" {
  description = "Memory, timeout, size of /tmp, and reserved and provisioned concurrency. Reserve concurrency only if the account's quota leaves 100 unreserved."
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
  description = "Logs, traces and alarms: the number of days that logs are kept, the minimum level of Lambda's system logs, whether X-Ray traces are recorded, the topic that the alarms notify (with null, the alarms have no action), and the alarms' thresholds (`duration_percent` is a percentage of the timeout)."
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
