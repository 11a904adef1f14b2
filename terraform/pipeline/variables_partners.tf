variable "payment_provider_endpoint" {
  description = "Base address of the payment provider; `/payments` and `/refunds` are called under it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex(local.partner_address, var.payment_provider_endpoint))
    error_message = "payment_provider_endpoint must be an https:// address without a trailing slash."
  }
}

variable "payment_provider_api_key" {
  description = "Key with which the payment provider is called. It ends up in the state: give it as TF_VAR_payment_provider_api_key, not in a file."
  type        = string
  sensitive   = true
  nullable    = false

  validation {
    condition     = length(var.payment_provider_api_key) > 0
    error_message = "payment_provider_api_key must not be empty."
  }
}

variable "carrier_endpoint" {
  description = "Base address of the carrier; `/shipments` is called under it. null: the carrier hears of shipments another way, and only calls back."
  type        = string
  default     = null

  validation {
    condition     = var.carrier_endpoint == null ? true : can(regex(local.partner_address, var.carrier_endpoint))
    error_message = "carrier_endpoint must be an https:// address without a trailing slash, or null."
  }
}

variable "carrier_api_key" {
  description = "Key with which the carrier is called. It ends up in the state: give it as TF_VAR_carrier_api_key, not in a file."
  type        = string
  sensitive   = true
  default     = null

  validation {
    condition     = (var.carrier_api_key == null) == (var.carrier_endpoint == null)
    error_message = "carrier_api_key is needed with carrier_endpoint, and only with it."
  }
}

variable "partner_calls_per_second" {
  description = "How often the payment provider and the carrier are each called at most; more waits."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.partner_calls_per_second >= 1 && var.partner_calls_per_second <= 300
    error_message = "partner_calls_per_second must be 1 to 300, the range of an API destination."
  }
}

locals {
  partner_address = "^https://[^/]+(/[^/]+)*$"
}
