variable "subscriptions" {
  description = "Subscribers to the order changes in addition to our own three, by name: systems only. Entries have the same attributes as in terraform/modules/subscriptions."
  type = map(object({
    protocol             = string
    endpoint             = string
    raw_message_delivery = optional(bool)
    filter_policy        = optional(string)
    filter_policy_scope  = optional(string)
    http_delivery = optional(object({
      retries                 = optional(number)
      immediate_retries       = optional(number)
      min_delay_retries       = optional(number)
      max_delay_retries       = optional(number)
      min_delay_seconds       = optional(number)
      max_delay_seconds       = optional(number)
      backoff                 = optional(string)
      max_receives_per_second = optional(number)
      waits_for_confirmation  = optional(bool)
    }))
  }))
  default  = {}
  nullable = false
  validation {
    condition     = length(setintersection(keys(var.subscriptions), keys(local.function_settings))) == 0
    error_message = "subscriptions: names must differ from those of our own functions; got ${join(", ", setintersection(keys(var.subscriptions), keys(local.function_settings)))}. Choose another name."
  }
  validation {
    condition     = var.environment == "local" || !can(regex(local.example_address_pattern, jsonencode(var.subscriptions)))
    error_message = "subscriptions: an endpoint must not be under example.com, example.net or example.org. Use your own."
  }
}

variable "notice_subscriptions" {
  description = "Subscribers to the short notices, by name: people by email, SMS or push, and systems. Entries have the same attributes as in terraform/modules/subscriptions."
  type = map(object({
    protocol             = string
    endpoint             = string
    raw_message_delivery = optional(bool)
    filter_policy        = optional(string)
    filter_policy_scope  = optional(string)
    http_delivery = optional(object({
      retries                 = optional(number)
      immediate_retries       = optional(number)
      min_delay_retries       = optional(number)
      max_delay_retries       = optional(number)
      min_delay_seconds       = optional(number)
      max_delay_seconds       = optional(number)
      backoff                 = optional(string)
      max_receives_per_second = optional(number)
      waits_for_confirmation  = optional(bool)
    }))
  }))
  default  = {}
  nullable = false
  validation {
    condition     = var.environment == "local" || !can(regex(local.example_address_pattern, jsonencode(var.notice_subscriptions)))
    error_message = "notice_subscriptions: an endpoint must not be under example.com, example.net or example.org. Use your own."
  }
}
