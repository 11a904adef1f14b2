variable "name" {
  description = "Name prefix of queues, roles and alarms, such as `shop-dev-order-changes`; they are called `<name>-<subscription>...`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits, '-' or '_'."
  }
}

variable "topic" {
  description = "Topic to subscribe to: its ARN and its audience, `systems` or `people` (the output `topic` of the module `topic`)."
  type        = object({ arn = string, audience = string })
  nullable    = false
  validation {
    condition     = contains(["systems", "people"], var.topic.audience)
    error_message = "topic.audience must be systems or people: it decides whether email, SMS and push may subscribe."
  }
  validation {
    condition     = can(regex("^arn:[^:]+:sns:[^:]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.topic.arn))
    error_message = "topic.arn must be the ARN of a standard topic (arn:aws:sns:<region>:<account>:<name>)."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key for the dead-letter queues. Its key policy must let `sns.amazonaws.com` use it. With `null`, SQS manages the keys."
  type        = string
  default     = null
}

variable "alarm_topic_arn" {
  description = "ARN of the topic that the alarms notify. With `null`, the alarms have no action."
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
  description = "ARN of the permissions boundary of the roles with which SNS writes to delivery streams; null for none."
  type        = string
  default     = null
}
