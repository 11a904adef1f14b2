variable "project" {
  description = "First part of every name."
  type        = string
  default     = "orderflow"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.project))
    error_message = "project must be 2 to 20 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "environment" {
  description = "Second part of every name: `local`, `dev`, `staging`, `prod` or one that a team adds. Guard rails hang on `local` and `prod`."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.environment))
    error_message = "environment must be 2 to 10 lower-case letters and digits, such as dev."
  }
}

variable "storefront" {
  description = "Who may call the storefront API, and how often. `jwt` asks for an access token of the issuer. Without it the header X-Customer-Id is believed, which is for the environment local."
  type = object({
    jwt = optional(object({
      issuer   = string
      audience = optional(set(string), ["storefront"])
      scopes   = optional(set(string), ["orders"])
    }))
    browser_origins = optional(set(string), [])
    rate_limit      = optional(number, 100)
    burst_limit     = optional(number, 200)
  })
  nullable = false

  validation {
    condition     = var.storefront.jwt != null || var.environment == "local"
    error_message = "storefront: jwt { issuer, audience } must be set outside the environment local: without it a caller could be any customer."
  }
}

variable "webhooks" {
  description = "How often the payment provider and the carrier may call back. Their calls are authenticated by signature."
  type = object({
    rate_limit  = optional(number, 50)
    burst_limit = optional(number, 100)
  })
  default  = {}
  nullable = false
}
