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
  description = "Who may call the storefront API, and how often. `jwt` asks for an access token of the issuer. Without it the header X-Customer-Id is believed, which is for the environment local. With `support_scope` a token reads any customer's orders; a customer places about `orders_per_hour` at most."
  type = object({
    jwt = optional(object({
      issuer   = string
      audience = optional(set(string), ["storefront"])
      scopes   = optional(set(string), ["orders"])
    }))
    support_scope   = optional(string, "orders:support")
    orders_per_hour = optional(number, 100)
    browser_origins = optional(set(string), [])
    rate_limit      = optional(number, 100)
    burst_limit     = optional(number, 200)
  })
  nullable = false

  validation {
    condition     = var.storefront.jwt != null || var.environment == "local"
    error_message = "storefront: jwt { issuer, audience } must be set outside the environment local: without it a caller could be any customer."
  }

  validation {
    condition     = length(var.storefront.support_scope) > 0 && alltrue([for jwt in var.storefront.jwt[*] : !contains(jwt.scopes, var.storefront.support_scope)])
    error_message = "storefront: support_scope must not be among jwt.scopes, or every customer could read everybody's orders."
  }

  validation {
    condition     = var.storefront.orders_per_hour >= 1
    error_message = "storefront: orders_per_hour must be at least 1."
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
