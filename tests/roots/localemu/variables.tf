variable "receiver" {
  description = "URL on this machine where HTTP deliveries arrive, without a slash at the end."
  type        = string
  nullable    = false
}

variable "device_endpoint_arn" {
  description = "ARN of a platform endpoint, the device that is subscribed."
  type        = string
  nullable    = false
}

variable "far_bus_arns" {
  description = "Buses of another account and of another Region, by target name."
  type        = map(string)
  nullable    = false
}
