variable "payment_provider" {
  description = "How to call the payment provider: `/payments`, `/refunds` and `/voids` under `endpoint`, each with `api_key` and at most `calls_per_second` times per second. Further calls wait. A payment request waits for at most `orders.payment_term_seconds`; then its order is cancelled. So from a backlog at most `calls_per_second` times `orders.payment_term_seconds` orders are paid, however many the storefront accepts. `api_key` is stored in the state; pass it in an environment variable (TF_VAR_...), not in a file."
  type        = object({ endpoint = string, api_key = string, calls_per_second = optional(number, 20) })
  nullable    = false
  validation {
    condition     = can(regex(local.partner_endpoint_pattern, var.payment_provider.endpoint))
    error_message = "payment_provider: endpoint must be an https:// address without a trailing slash."
  }
  validation {
    condition     = length(var.payment_provider.api_key) > 0
    error_message = "payment_provider: api_key must not be empty."
  }
  validation {
    condition     = var.payment_provider.calls_per_second >= 1 && var.payment_provider.calls_per_second <= 300
    error_message = "payment_provider: calls_per_second must be 1 to 300, the default quota of an API destination."
  }
  validation {
    condition     = var.environment == "local" || !can(regex(local.example_address_pattern, jsonencode(var.payment_provider)))
    error_message = "payment_provider: endpoint must not be under example.com, example.net or example.org. Use your own."
  }
}

variable "carrier" {
  description = "How to call the carrier: `/shipments` under `endpoint`. `null` if the carrier is notified of shipments in another way and only calls back."
  type        = object({ endpoint = string, api_key = string, calls_per_second = optional(number, 20) })
  default     = null
  validation {
    condition     = var.carrier == null ? true : can(regex(local.partner_endpoint_pattern, var.carrier.endpoint))
    error_message = "carrier: endpoint must be an https:// address without a trailing slash."
  }
  validation {
    condition     = var.carrier == null ? true : length(var.carrier.api_key) > 0
    error_message = "carrier: api_key must not be empty."
  }
  validation {
    condition     = var.carrier == null ? true : var.carrier.calls_per_second >= 1 && var.carrier.calls_per_second <= 300
    error_message = "carrier: calls_per_second must be 1 to 300, the default quota of an API destination."
  }
  validation {
    condition     = var.environment == "local" || !can(regex(local.example_address_pattern, jsonencode(var.carrier)))
    error_message = "carrier: endpoint must not be under example.com, example.net or example.org. Use your own."
  }
}

locals {
  # Placeholder addresses are refused at plan time: otherwise the apply would fail when API Gateway fetches the issuer's document, and calls and alarms would reach nobody.
  # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
  example_address_pattern = "[/@.\"]example\\.(com|net|org)"

  partner_endpoint_pattern = "^https://[^/]+(/[^/]+)*$"
}
