variable "name" {
  description = "`<project>-<environment>`: the alias of the key, and the prefix of every bus, topic, queue, schedule and log group that services may use it for."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,62}[a-z0-9]$", var.name))
    error_message = "name must be <project>-<environment> in lower-case letters, digits and hyphens, such as shop-dev."
  }
}

variable "deletion_window_days" {
  description = "How many days a deleted key can be recovered; after that, everything encrypted with it is lost."
  type        = number
  default     = 30
  nullable    = false
}

variable "tags" {
  description = "Tags of all resources that the module creates."
  type        = map(string)
  default     = {}
  nullable    = false
}
