variable "name" {
  description = "Name of the queue, without the `.fifo` suffix. The dead-letter queue is called `<name>-dlq`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,71}$", var.name))
    error_message = "name must be 1 to 71 letters, digits, hyphens or underscores, so that `<name>-dlq.fifo` fits the 80 characters of a queue name. The module adds `.fifo` itself."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key that encrypts both queues. Its key policy must let the sending services use it."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>): the IAM policies that contain it need the ARN, not an alias or a key ID."
  }
}

variable "allowed_senders" {
  description = "Services that may send to the queue, each on behalf of exactly one source: for example an SNS topic or an EventBridge rule of this account."
  type = map(object({
    service    = string
    source_arn = string
  }))
  default  = {}
  nullable = false
  validation {
    condition     = alltrue([for sender in var.allowed_senders : endswith(sender.service, ".amazonaws.com")])
    error_message = "allowed_senders: service must be a service principal such as sns.amazonaws.com or events.amazonaws.com."
  }
  validation {
    condition     = alltrue([for sender in var.allowed_senders : can(regex("^arn:[^*?]+$", sender.source_arn))])
    error_message = "allowed_senders: source_arn must be the complete ARN of one source, without wildcards."
  }
}

variable "visibility_timeout_seconds" {
  description = "Number of seconds that a received message stays hidden. For a Lambda consumer, at least six times the function's timeout plus its batching window."
  type        = number
  default     = 180
  nullable    = false
}

variable "retention_seconds" {
  description = "Number of seconds that an undeleted message is kept. A standard queue's dead-letter message keeps its age, so this must be below the dead-letter queue's 14 days."
  type        = number
  default     = 345600
  nullable    = false
  validation {
    condition     = var.retention_seconds >= 60 && var.retention_seconds < 1209600
    error_message = "retention_seconds must be at least 60 and below 1209600 (14 days): the dead-letter queue keeps messages for 14 days, and must keep them longer than this queue, because a message that moves from a standard queue keeps its age."
  }
}

variable "max_receive_count" {
  description = "Number of times that a message is received before SQS moves it to the dead-letter queue."
  type        = number
  default     = 5
  nullable    = false
  validation {
    condition     = var.max_receive_count >= 1 && var.max_receive_count <= 1000
    error_message = "max_receive_count must be 1 to 1000, the range that SQS allows. With a Lambda consumer use 5 or more, or throttling alone moves valid messages to the dead-letter queue."
  }
}

variable "fifo" {
  description = "Settings of a FIFO queue; with null, the queue is a standard queue."
  type        = object({ content_based_deduplication = optional(bool, false) })
  default     = null
}

variable "oldest_message_alarm_seconds" {
  description = "Age of the oldest message, in seconds, at which the alarm fires."
  type        = number
  default     = 900
  nullable    = false
  validation {
    condition     = var.oldest_message_alarm_seconds >= 60 && var.oldest_message_alarm_seconds < var.retention_seconds
    error_message = "oldest_message_alarm_seconds must be at least 60 and below retention_seconds, or messages expire before the alarm fires."
  }
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
