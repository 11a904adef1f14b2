variable "subscriptions" {
  description = <<-EOT
    Subscriptions by name. `protocol` is `sqs`, `lambda`, `https`, `firehose`, `email`, `email-json`, `sms` or `application`; `endpoint` the ARN, URL, address or number.
    `filter_policy` is JSON, matched against the message's attributes or (`filter_policy_scope = "MessageBody"`) its JSON body. `raw_message_delivery` omits SNS's envelope. `http_delivery` sets the retries and the rate of an
    HTTPS endpoint, and whether apply waits until the endpoint has confirmed the subscription. Each subscription has its own dead-letter queue.
  EOT
  type = map(object({
    protocol             = string
    endpoint             = string
    raw_message_delivery = optional(bool, false)
    filter_policy        = optional(string)
    filter_policy_scope  = optional(string, "MessageAttributes")
    http_delivery = optional(object({
      retries                 = optional(number, 10)
      immediate_retries       = optional(number, 0)
      min_delay_retries       = optional(number, 0)
      max_delay_retries       = optional(number, 0)
      min_delay_seconds       = optional(number, 5)
      max_delay_seconds       = optional(number, 300)
      backoff                 = optional(string, "exponential")
      max_receives_per_second = optional(number)
      waits_for_confirmation  = optional(bool, false)
    }), {})
  }))
  nullable = false
  validation {
    condition     = alltrue([for key in keys(var.subscriptions) : can(regex("^[a-z][a-z0-9_]*$", key)) && length("${var.name}-${key}") <= 64])
    error_message = "subscriptions: keys must be snake_case, and short enough that `<name>-<subscription>` has at most 64 characters, the limit for role names."
  }
  validation {
    condition     = alltrue([for subscription in var.subscriptions : contains(["sqs", "lambda", "https", "firehose", "email", "email-json", "sms", "application"], subscription.protocol)])
    error_message = "subscriptions: protocol must be sqs, lambda, https, firehose, email, email-json, sms or application."
  }
  validation {
    condition     = length(distinct([for subscription in var.subscriptions : "${subscription.protocol} ${subscription.endpoint}"])) == length(var.subscriptions)
    error_message = "subscriptions: each pair of `protocol` and `endpoint` must be unique. An endpoint can have only one subscription to a topic; SNS rejects a second one with other attributes. Combine the filters of both subscriptions in one `filter_policy`."
  }
  validation {
    condition     = alltrue([for subscription in var.subscriptions : !subscription.raw_message_delivery || contains(["sqs", "https", "firehose"], subscription.protocol)])
    error_message = "subscriptions: omit `raw_message_delivery` for lambda, email, email-json, sms and application: SNS supports raw message delivery only for sqs, https and firehose."
  }
  validation {
    condition     = alltrue([for subscription in var.subscriptions : contains(["arithmetic", "exponential", "geometric", "linear"], subscription.http_delivery.backoff)])
    error_message = "subscriptions: http_delivery.backoff must be arithmetic, exponential, geometric or linear."
  }
}
