variable "packages_dir" {
  description = "Directory with the deployment packages, as `make package` leaves them."
  type        = string
  default     = "../../../dist"
  nullable    = false
}

variable "payment_provider_endpoint" {
  description = "Base address of the payment provider, in place of the one in settings.tf."
  type        = string
  default     = null
}

variable "payment_provider_api_key" {
  description = "Key with which the payment provider is called. Give it as TF_VAR_payment_provider_api_key."
  type        = string
  sensitive   = true
  nullable    = false
}

variable "carrier_endpoint" {
  description = "Base address of the carrier, in place of the one in settings.tf."
  type        = string
  default     = null
}

variable "carrier_api_key" {
  description = "Key with which the carrier is called, where it is. Give it as TF_VAR_carrier_api_key."
  type        = string
  sensitive   = true
  default     = null
}
