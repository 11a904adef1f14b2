variable "name" {
  description = "Name of the API."
  type        = string
  nullable    = false
  validation {
    # https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html: a statement ID has at most 100 characters, 13 of them for the route's hash
    condition     = can(regex("^[A-Za-z0-9_-]{1,87}$", var.name))
    error_message = "name must be 1 to 87 letters, digits, hyphens or underscores, because it also names the log group, the alarms and each route's permission."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key that encrypts the access log."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not an alias or a key ID."
  }
}

variable "routes" {
  description = "Function that each route invokes (its ARN, with the alias or version, if any), by route key: `POST /orders`, or `$default` for every request that no other route matches. `scopes` override those of `jwt_authorizer`."
  type = map(object({
    function_arn = string
    invoke_arn   = string
    scopes       = optional(set(string))
  }))
  nullable = false
  validation {
    condition     = length(var.routes) > 0
    error_message = "routes must have at least one entry."
  }
  validation {
    condition = alltrue([
      for route in keys(var.routes) :
      route == "$default" || can(regex("^(ANY|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) /[A-Za-z0-9{}/._+-]*$", route))
    ])
    error_message = "routes: keys must be a method, one space and a path, such as `GET /orders/{order_id}`, or `$default`."
  }
}

variable "jwt_authorizer" {
  description = "Issuer, audiences and scopes of the access tokens that every route requires; with null, the API is open to anyone."
  type        = object({ issuer = string, audience = set(string), scopes = optional(set(string), []) })
  default     = null
  validation {
    condition     = var.jwt_authorizer == null ? true : startswith(var.jwt_authorizer.issuer, "https://")
    error_message = "jwt_authorizer: issuer must be an https:// URL, from which API Gateway fetches the issuer's keys."
  }
  validation {
    condition     = var.jwt_authorizer == null ? true : length(var.jwt_authorizer.audience) > 0
    error_message = "jwt_authorizer: audience must have at least one entry: only tokens issued for one of these applications are accepted."
  }
}

variable "throttling" {
  description = "Requests per second and burst that the stage accepts; further requests get status 429."
  type        = object({ rate_limit = optional(number, 100), burst_limit = optional(number, 200) })
  default     = {}
  nullable    = false
  validation {
    condition     = var.throttling.rate_limit > 0 && var.throttling.burst_limit > 0
    error_message = "throttling: rate_limit and burst_limit must be above 0; with 0 every request would be rejected."
  }
}

variable "cors" {
  description = "Browser origins that may call the API, with the allowed methods and headers; with null, the API sends no CORS headers, so browsers block calls from other origins."
  type = object({
    allow_origins     = set(string)
    allow_methods     = set(string)
    allow_headers     = optional(set(string), [])
    expose_headers    = optional(set(string), [])
    max_age_seconds   = optional(number, 600)
    allow_credentials = optional(bool, false)
  })
  default = null
  validation {
    condition     = var.cors == null ? true : alltrue([for origin in var.cors.allow_origins : can(regex("^https://[^*/]+$", origin))])
    error_message = "cors: allow_origins must be https:// origins without a path and without `*`, which would let any site call the API."
  }
}

variable "domain" {
  description = "Custom domain name of the API, with the ARN of its certificate in this Region. `only` disables the default endpoint (execute-api); without a domain, the API has only that endpoint. Create the DNS record yourself: see the output `domain_target`."
  type        = object({ name = string, certificate_arn = string, only = optional(bool, true) })
  default     = null
}

variable "latency_alarm_milliseconds" {
  description = "p99 latency, in milliseconds, above which the alarm fires."
  type        = number
  default     = 3000
  nullable    = false
  validation {
    condition     = var.latency_alarm_milliseconds >= 1 && var.latency_alarm_milliseconds <= 30000
    error_message = "latency_alarm_milliseconds must be 1 to 30000: API Gateway itself times out after 30 seconds."
  }
}

variable "log_retention_days" {
  description = "Number of days that the access log is kept."
  type        = number
  default     = 30
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the topic that the alarms notify; with null, the alarms have no action."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources that the module creates."
  type        = map(string)
  default     = {}
  nullable    = false
}
