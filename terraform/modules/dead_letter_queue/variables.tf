variable "name" {
  description = "What the queue belongs to. It is called `<name>-dlq`, its alarm `<name>-dlq-not-empty`."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the customer key that encrypts the messages. Its policy must let the sending service use it. Null encrypts them with SQS's own key."
  type        = string
  default     = null
}

variable "sender" {
  description = "The service that sends, for exactly these sources; null where a role of this account sends, whose own policy decides."
  type        = object({ service = string, source_arns = list(string) })
  default     = null
}

variable "source_queue_arns" {
  description = "ARNs of the queues whose redrive policy may name this one."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "fifo" {
  description = "Whether it is a FIFO queue, as the dead-letter queue of one must be."
  type        = bool
  default     = false
  nullable    = false
}

variable "alarm" {
  description = "What it means that a message is there, the kind of the alarm, and the topic that is notified."
  type        = object({ description = string, kind = string, topic_arn = optional(string) })
  nullable    = false
}

variable "tags" {
  description = "Tags of the queue and of its alarm."
  type        = map(string)
  default     = {}
  nullable    = false
}
