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

variable "packages_dir" {
  description = "Directory that holds one `<function>.zip` per function, as `make package` builds them."
  type        = string
  nullable    = false

  validation {
    condition = alltrue([for function in [
      "storefront_api", "webhooks", "pos_import", "payment_deadline", "recorder", "relay", "finance", "warehouse", "customer_service",
    ] : fileexists("${var.packages_dir}/${function}.zip")])
    error_message = "packages_dir must hold the zip of every function. Build them first: make package."
  }
}

variable "storefront" {
  description = "Who may call the storefront API, and how often. `jwt` asks for an access token of the issuer; `header` believes the header X-Customer-Id and is for the environment local."
  type = object({
    customer_identity = string
    jwt = optional(object({
      issuer   = string
      audience = set(string)
      scopes   = optional(set(string), [])
    }))
    browser_origins = optional(set(string), [])
    rate_limit      = optional(number, 100)
    burst_limit     = optional(number, 200)
  })
  nullable = false

  validation {
    condition     = contains(["jwt", "header"], var.storefront.customer_identity)
    error_message = "storefront: customer_identity must be jwt or header."
  }

  validation {
    condition     = var.storefront.customer_identity == "jwt" || var.environment == "local"
    error_message = "storefront: customer_identity header lets a caller be any customer, so it is refused outside the environment local. Use jwt."
  }

  validation {
    condition     = (var.storefront.customer_identity == "jwt") == (var.storefront.jwt != null)
    error_message = "storefront: customer_identity jwt needs jwt { issuer, audience }, and header must not have it."
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
