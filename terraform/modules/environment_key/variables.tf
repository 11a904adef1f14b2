variable "name" {
  description = "`<project>-<environment>`: the alias of the key, and the name prefix of the buses, topics, queues, schedules and log groups that services may use the key for."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,62}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 64 lower-case letters, digits and hyphens, beginning with a letter and ending with a letter or digit, such as shop-dev."
  }
}

variable "deletion_window_days" {
  description = "Number of days during which deletion of the key can be cancelled; after that, everything encrypted with it is lost."
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
