variable "package" {
  description = "Path of the zip that contains the code in functions/."
  type        = string
  nullable    = false
}

variable "receiver" {
  description = "URL on this machine that receives API calls, token requests and HTTP deliveries, without a trailing slash."
  type        = string
  nullable    = false
}

variable "device_endpoint_arn" {
  description = "ARN of the platform endpoint of the subscribed device."
  type        = string
  nullable    = false
}
