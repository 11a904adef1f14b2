variable "name" {
  description = "Name of the delivery stream, such as `shop-dev-analytics`. Its role is called `<name>-delivery`, its log group `/aws/kinesisfirehose/<name>`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{1,55}$", var.name))
    error_message = "name must be 1 to 55 letters, digits, '_', '.' or '-', so that the name of its role has at most 64 characters."
  }
}

variable "bucket_arn" {
  description = "ARN of the bucket that receives the files."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^arn:[a-z-]+:s3:::[^/*]+$", var.bucket_arn))
    error_message = "bucket_arn must be the ARN of a bucket (arn:aws:s3:::<name>), without a path."
  }
}

variable "prefix" {
  description = "Prefix of the files' keys; the partitions follow it."
  type        = string
  default     = "events/"
  nullable    = false
  validation {
    condition     = can(regex("^([A-Za-z0-9_.-]+/)+$", var.prefix))
    error_message = "prefix must be one or more folder names, each followed by a slash, such as events/."
  }
}

variable "error_prefix" {
  description = "Key prefix of files with records that could not be partitioned or delivered; the type of error and the date follow it."
  type        = string
  default     = "errors/"
  nullable    = false
  validation {
    condition     = can(regex("^([A-Za-z0-9_.-]+/)+$", var.error_prefix)) && !startswith(var.error_prefix, var.prefix) && !startswith(var.prefix, var.error_prefix)
    error_message = "error_prefix must be one or more folder names, each followed by a slash, such as errors/, and must not overlap with prefix, so that readers of prefix never find failed records."
  }
}

variable "partitions" {
  description = "Partitions of the prefix, in order: each has a `name` and the jq 1.6 `query` that extracts its value from a record. A record without a value goes to `error_prefix`."
  type        = list(object({ name = string, query = string }))
  nullable    = false
  validation {
    condition     = length(var.partitions) >= 1 && length(var.partitions) <= 50
    error_message = "partitions must have 1 to 50 entries, the range that Firehose allows."
  }
  validation {
    condition     = alltrue([for partition in var.partitions : can(regex("^[a-z][a-z0-9_]*$", partition.name))]) && length(distinct(var.partitions[*].name)) == length(var.partitions)
    error_message = "partitions: names must be unique and in snake_case, because they become folders (date=...)."
  }
  validation {
    condition     = alltrue([for partition in var.partitions : startswith(partition.query, ".") && !strcontains(partition.query, ",")])
    error_message = "partitions: query must be one jq expression that begins with a dot, such as .time[0:10], without a comma."
  }
}

variable "buffer" {
  description = "Size and age at which Firehose writes a file. Dynamic partitioning requires at least 64 MB."
  type        = object({ megabytes = optional(number, 64), seconds = optional(number, 300) })
  default     = {}
  nullable    = false
  validation {
    condition     = var.buffer.megabytes >= 64 && var.buffer.megabytes <= 128
    error_message = "buffer: megabytes must be 64 to 128, the range that Firehose allows with dynamic partitioning."
  }
  validation {
    condition     = var.buffer.seconds >= 60 && var.buffer.seconds <= 900
    error_message = "buffer: seconds must be 60 to 900: shorter times create files that are too small to read efficiently, and Firehose does not allow zero buffering with partitions."
  }
}

variable "late_after_seconds" {
  description = "Age of the oldest undelivered record, in seconds, above which the alarm fires. Normal delivery takes up to 1.5 times `buffer.seconds`."
  type        = number
  default     = 1800
  nullable    = false
  validation {
    condition     = var.late_after_seconds >= 2 * var.buffer.seconds
    error_message = "late_after_seconds must be at least twice buffer.seconds, or the alarm fires in normal operation."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key for the stream, the files and the log."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not an alias or a key ID."
  }
}

variable "log_retention_days" {
  description = "Number of days that Firehose's log of failed deliveries is kept."
  type        = number
  default     = 30
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the topic that the alarms notify; with null, the alarms have no action."
  type        = string
  default     = null
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
