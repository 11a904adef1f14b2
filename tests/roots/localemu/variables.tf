variable "receiver" {
  description = "URL on this machine that receives HTTP deliveries, without a trailing slash."
  type        = string
  nullable    = false
}

variable "device_endpoint_arn" {
  description = "ARN of the platform endpoint of the subscribed device."
  type        = string
  nullable    = false
}

variable "remote_bus_arns" {
  description = "ARNs of buses in another account and Region, by target name."
  type        = map(string)
  nullable    = false
}
