variable "project" {
  description = "First part of every resource name."
  type        = string
  default     = "orderflow"
  nullable    = false
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,19}$", var.project))
    error_message = "project must be 2 to 20 lower-case letters and digits, beginning with a letter; with a hyphen, one project's names could begin with another project's prefix."
  }
}

variable "environment" {
  description = "Second part of every resource name: `local`, `dev`, `staging`, `prod` or one that a team adds. Some checks do not apply to `local`; some apply only to `prod`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,9}$", var.environment))
    error_message = "environment must be 2 to 10 lower-case letters and digits, beginning with a letter, such as dev."
  }
}

variable "kms_key_arn" {
  description = "ARN of the KMS key for data at rest, except in the bus's archive and dead-letter queue: an output of terraform/bootstrap, which creates the key, so that it outlives the data."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-z-]+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key; got ${var.kms_key_arn}. Set it to a value of the output key_arns of terraform/bootstrap."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of every role; null for none."
  type        = string
  default     = null
}

variable "storefront" {
  description = "Who may call the storefront API, and how often. `jwt` requires an access token from the issuer. Without `jwt`, the header X-Customer-Id is trusted, which only the local environment allows. A token with `support_scope` may read any customer's orders. A customer may place about `orders_per_hour` orders an hour."
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
    error_message = "storefront: jwt.issuer must be set in every environment except local; without a token, a caller could claim to be any customer."
  }
  validation {
    condition     = length(var.storefront.support_scope) > 0 && alltrue([for jwt in var.storefront.jwt[*] : !contains(jwt.scopes, var.storefront.support_scope)])
    error_message = "storefront: support_scope must not be empty, and must not be one of jwt.scopes: customers' tokens have those scopes, so customers could read all orders."
  }
  validation {
    condition     = var.storefront.orders_per_hour >= 1
    error_message = "storefront: orders_per_hour must be at least 1."
  }
  validation {
    condition     = var.environment == "local" || !can(regex(local.example_address_pattern, jsonencode(var.storefront)))
    error_message = "storefront: the token issuer and browser origins must not be under example.com, example.net or example.org. Use your own."
  }
}

variable "webhooks" {
  description = "How often the payment provider and the carrier may call back: `rate_limit` requests per second, in bursts of up to `burst_limit`; further calls get status 429. Their calls are authenticated by signature."
  type        = object({ rate_limit = optional(number, 50), burst_limit = optional(number, 100) })
  default     = {}
  nullable    = false
}
