variable "name" {
  description = "Prefix of the names: the queue is called `<name>-dlq` (a FIFO queue `<name>-dlq.fifo`), its alarm `<queue>-not-empty`."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key that encrypts the messages. Its key policy must let the sending service use it. With `null`, SQS manages the keys."
  type        = string
  default     = null
}

variable "sender" {
  description = "Service that may send messages, and the ARNs of the only resources on whose behalf it may do so; `null` if SQS itself or a role in this account sends them."
  type        = object({ service = string, source_arns = list(string) })
  default     = null
}

variable "source_queue_arns" {
  description = "ARNs of the queues that may use this one as their dead-letter queue."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "fifo" {
  description = "Whether the queue is a FIFO queue, as the dead-letter queue of a FIFO queue must be."
  type        = bool
  default     = false
  nullable    = false
}

variable "alarm" {
  description = "The alarm's description (what a message in the queue means), its `kind`, which names its runbook, and the topic it notifies."
  type        = object({ description = string, kind = string, topic_arn = optional(string) })
  nullable    = false
}

variable "tags" {
  description = "Tags of the queue and of its alarm."
  type        = map(string)
  default     = {}
  nullable    = false
}
