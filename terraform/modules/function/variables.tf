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
