variable "package" {
  description = "Path of the zip with the functions under functions/."
  type        = string
  nullable    = false
}

variable "receiver" {
  description = "URL on this machine that receives API calls, token requests and HTTP deliveries, without a trailing slash."
  type        = string
  nullable    = false
}

variable "device_endpoint_arn" {
  description = "ARN of a platform endpoint, for the subscribed device."
  type        = string
  nullable    = false
}
