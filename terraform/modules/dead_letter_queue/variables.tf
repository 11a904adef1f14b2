variable "name" {
  description = "Name of the queue's owner. The queue is called `<name>-dlq`, its alarm `<name>-dlq-not-empty`."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the customer key that encrypts the messages. Its policy must let the sending service use it. Null encrypts them with SQS's own key."
  type        = string
  default     = null
}

variable "sender" {
  description = "The service that may send, for exactly these sources; null if a role of this account sends, under its own policy."
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
  description = "Whether it is a FIFO queue, as the dead-letter queue of a FIFO queue must be."
  type        = bool
  default     = false
  nullable    = false
}

variable "alarm" {
  description = "The alarm's description (what a message in the queue means), its kind, and the topic it notifies."
  type        = object({ description = string, kind = string, topic_arn = optional(string) })
  nullable    = false
}

variable "tags" {
  description = "Tags of the queue and of its alarm."
  type        = map(string)
  default     = {}
  nullable    = false
}
