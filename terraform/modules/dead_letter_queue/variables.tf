variable "name" {
  description = "Name of the resource whose failures the queue receives. The queue is called `<name>-dlq`, its alarm `<name>-dlq-not-empty`."
  type        = string
  nullable    = false
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key that encrypts the messages. Its key policy must let the sending service use it. With `null`, SQS manages the keys."
  type        = string
  default     = null
}

variable "sender" {
  description = "Service that may send messages, on behalf of exactly these sources; null if a role of this account sends them, under its own policy."
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
