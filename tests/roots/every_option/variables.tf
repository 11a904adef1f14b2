variable "package" {
  description = "Path of the zip with the functions under functions/."
  type        = string
  nullable    = false
}

variable "receiver" {
  description = "URL on this machine where API destinations, token requests and HTTP deliveries arrive, without a slash at the end."
  type        = string
  nullable    = false
}

variable "device_endpoint_arn" {
  description = "ARN of a platform endpoint, the device that is subscribed."
  type        = string
  nullable    = false
}
