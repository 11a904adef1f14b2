variable "name" {
  description = "Name of the bucket, which must be globally unique."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit. Dots would break TLS, because S3's wildcard certificate does not match them."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key that encrypts the objects. Its key policy must let the services in `allowed_writers` use it."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not an alias or a key ID."
  }
}

variable "expirations" {
  description = "Number of days after which objects under a prefix expire, keyed by a short name. An empty prefix covers the entire bucket."
  type = map(object({
    prefix = optional(string, "")
    days   = number
  }))
  default  = {}
  nullable = false
  validation {
    condition     = alltrue([for expiration in var.expirations : expiration.days >= 1])
    error_message = "expirations: days must be at least 1."
  }
  validation {
    condition     = alltrue([for key in keys(var.expirations) : can(regex("^[a-z][a-z0-9_-]*$", key))])
    error_message = "expirations: keys must be lower-case letters, digits, '_' or '-', beginning with a letter, because the lifecycle rules are named after them."
  }
}

variable "noncurrent_days" {
  description = "Number of days that noncurrent versions (overwritten or deleted objects) are kept."
  type        = number
  default     = 30
  nullable    = false
}

variable "eventbridge_notifications" {
  description = "Whether S3 sends the bucket's events, such as `Object Created`, to the account's default bus."
  type        = bool
  default     = false
  nullable    = false
}

variable "allowed_writers" {
  description = "Services that may put objects under a prefix, each on behalf of exactly one source in this account."
  type = map(object({
    service    = string
    source_arn = string
    prefix     = string
  }))
  default  = {}
  nullable = false
  validation {
    condition     = alltrue([for writer in var.allowed_writers : endswith(writer.service, ".amazonaws.com")])
    error_message = "allowed_writers: service must be a service principal such as s3.amazonaws.com."
  }
  validation {
    condition     = alltrue([for writer in var.allowed_writers : can(regex("^arn:[^*?]+$", writer.source_arn))])
    error_message = "allowed_writers: source_arn must be the complete ARN of one source, without wildcards."
  }
  validation {
    condition     = alltrue([for writer in var.allowed_writers : can(regex("^[^/*?].*/$", writer.prefix))])
    error_message = "allowed_writers: prefix must end with a slash and must not start with a slash or a wildcard; use for example `inventory/`."
  }
}

variable "deletable" {
  description = "Whether `terraform destroy` deletes the bucket with all its objects. Enable it only where the data may be deleted."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of all resources that the module creates."
  type        = map(string)
  default     = {}
  nullable    = false
}
