variable "name" {
  description = "What the names of queues, roles and alarms begin with, such as `orderflow-dev-order-changes`: they are called `<name>-<subscription>...`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "Give `name` 1 to 64 letters, digits, '-' or '_'."
  }
}

variable "topic" {
  description = "The topic to subscribe to: its ARN, and whether it carries whole `orders` or short `notices` (the output `topic` of the module `topic`)."
  type = object({
    arn     = string
    carries = string
  })
  nullable = false

  validation {
    condition     = contains(["orders", "notices"], var.topic.carries)
    error_message = "Set `topic.carries` to \"orders\" or \"notices\": it decides whether people may subscribe."
  }

  validation {
    condition     = can(regex("^arn:[^:]+:sns:[^:]+:[0-9]{12}:[A-Za-z0-9_-]+$", var.topic.arn))
    error_message = "Give `topic.arn` the ARN of a standard topic (arn:aws:sns:<region>:<account>:<name>)."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer key for the dead-letter queues. Its key policy must let `sns.amazonaws.com` use it. `null` encrypts them with SQS's own key."
  type        = string
  default     = null
}

variable "alarm_topic_arn" {
  description = "ARN of the topic that alarms notify. `null` keeps the alarms without an action."
  type        = string
  default     = null
}
