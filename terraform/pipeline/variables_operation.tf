variable "orders" {
  description = "How long a customer has to pay, how often the deadline is checked, how long a finished order stays in the table, and what the table's stream contains. With a `stream_view_type` other than NEW_AND_OLD_IMAGES orders wait in the intake queue, because the relay cannot publish them; change the view type with `orderflow stream change`. `restored` uses a table restored from the point-in-time recovery of another one; until its replay is complete, pause the deadline check, and with it the cancellation of unpaid orders, with `deadline_check_enabled = false` (docs/runbooks/restore.md)."
  type = object({
    payment_term_seconds = optional(number, 1800)
    deadline_check       = optional(string, "rate(5 minutes)")
    retention_days       = optional(number, 400)
    stream_view_type     = optional(string, "NEW_AND_OLD_IMAGES")

    deadline_check_enabled = optional(bool, true)
    restored               = optional(object({ table_suffix = string, source_table_arn = string, date_time = optional(string) }))
  })
  default  = {}
  nullable = false
  validation {
    condition     = var.orders.payment_term_seconds >= 30
    error_message = "orders: payment_term_seconds must be at least 30, or orders are cancelled while the provider is still processing their payments."
  }
  validation {
    condition     = var.orders.retention_days >= 19
    error_message = "orders: retention_days must be at least retention.archive_days + 18, so never less than 19."
  }
  validation {
    condition     = contains(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"], var.orders.stream_view_type)
    error_message = "orders: stream_view_type must be KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES. To turn the stream off temporarily, run orderflow stream disable."
  }
}

variable "retention" {
  description = "Number of days that logs, archived events and till files are kept."
  type        = object({ log_days = optional(number, 30), archive_days = optional(number, 30), till_file_days = optional(number, 90) })
  default     = {}
  nullable    = false

  # An order that is redriven after its item has expired would be charged again, so the recorder refuses orders that are too old.
  validation {
    condition     = var.retention.archive_days >= 1 && var.retention.archive_days + 18 <= var.orders.retention_days
    error_message = "retention: archive_days must be at least 1 and, with the 18 days that an event can wait (4 in the intake queue, 14 as a dead-letter message), at most orders.retention_days (${var.orders.retention_days}); got ${var.retention.archive_days}."
  }
}

variable "analytics" {
  description = "Storage of every event on the bus as compressed JSON lines in a bucket, by date and type: how many days files are kept, and after how many seconds or megabytes a file is written; null for none."
  type        = object({ retention_days = optional(number, 400), buffer_seconds = optional(number, 300), buffer_megabytes = optional(number, 64) })
  default     = null
  validation {
    condition     = alltrue([for settings in var.analytics[*] : settings.retention_days >= 1 && floor(settings.retention_days) == settings.retention_days])
    error_message = "analytics: retention_days must be a whole number of at least 1. The files contain addresses, so they must not be kept indefinitely."
  }
  validation {
    condition     = alltrue([for settings in var.analytics[*] : settings.buffer_seconds >= 60 && settings.buffer_seconds <= 900])
    error_message = "analytics: buffer_seconds must be 60 to 900."
  }
  validation {
    condition     = alltrue([for settings in var.analytics[*] : settings.buffer_megabytes >= 64 && settings.buffer_megabytes <= 128])
    error_message = "analytics: buffer_megabytes must be 64 to 128, the range that Firehose allows with dynamic partitioning."
  }
}

variable "schema_registry" {
  description = "Whether the contracts are published in an EventBridge schema registry."
  type        = bool
  default     = true
  nullable    = false
}

variable "sizing" {
  description = "Memory, timeout and concurrency by function, overriding 01_functions.tf. `maximum_concurrency` limits the concurrent invocations per queue, `parallelization_factor` those per shard of the stream."
  type = map(object({
    memory_mb              = optional(number)
    timeout_seconds        = optional(number)
    reserved_concurrency   = optional(number)
    maximum_concurrency    = optional(number)
    parallelization_factor = optional(number)
  }))
  default  = {}
  nullable = false
  validation {
    condition     = length(setsubtract(keys(var.sizing), keys(local.function_settings))) == 0
    error_message = "sizing: keys must be names of functions: ${join(", ", keys(local.function_settings))}."
  }
}

variable "reserve_concurrency" {
  description = "Whether each function gets the concurrency that its entry in 01_functions.tf reserves. The sum, plus 100 that Lambda keeps unreserved, must fit the account's quota; a new account's is too small."
  type        = bool
  default     = false
  nullable    = false
  validation {
    condition     = var.reserve_concurrency || var.environment != "prod"
    error_message = "reserve_concurrency must be true in prod, so that a peak in one function cannot use up the account's quota."
  }
}

variable "deletion_protection" {
  description = "Whether tables and buckets with data are protected from deletion. Disable it only where everything may be deleted."
  type        = bool
  default     = true
  nullable    = false
  validation {
    condition     = var.deletion_protection || var.environment != "prod"
    error_message = "deletion_protection must be true in prod."
  }
}

variable "orders_expected" {
  description = "Hours of the day (UTC) in which orders are expected; an hour without an order event pages the person on call. `null` if an hour without orders is normal."
  type        = object({ from_hour = number, to_hour = number })
  default     = null
  validation {
    condition     = alltrue([for hours in var.orders_expected[*] : hours.from_hour >= 0 && hours.from_hour < hours.to_hour && hours.to_hour <= 24])
    error_message = "orders_expected: from_hour must be before to_hour, both from 0 to 24 on the same day."
  }
}

variable "notification_destinations" {
  description = "Who is notified of every alarm, without being paged, with entries as in `alarm_destinations`."
  type = map(object({
    protocol = string
    endpoint = string
  }))
  default  = {}
  nullable = false
  validation {
    condition     = alltrue([for destination in var.notification_destinations : contains(["email", "https", "sms"], destination.protocol)])
    error_message = "notification_destinations: protocol must be email, https or sms."
  }

  validation {
    condition     = var.environment == "local" || !can(regex(local.example_address_pattern, jsonencode(var.notification_destinations)))
    error_message = "notification_destinations: an endpoint must not be under example.com, example.net or example.org. Use your own."
  }
}

variable "alarm_destinations" {
  description = "Who is paged when a fault affects customers or money (82_page.tf): one entry per person or pager, keyed by a short name."
  type = map(object({
    protocol = string
    endpoint = string
  }))
  default  = {}
  nullable = false
  validation {
    condition     = length(var.alarm_destinations) > 0 || var.environment != "prod"
    error_message = "alarm_destinations must have at least one entry in prod, so that somebody is paged when orders stop."
  }
  validation {
    condition     = alltrue([for destination in var.alarm_destinations : contains(["email", "https", "sms"], destination.protocol)])
    error_message = "alarm_destinations: protocol must be email, https or sms."
  }
  validation {
    condition     = var.environment == "local" || !can(regex(local.example_address_pattern, jsonencode(var.alarm_destinations)))
    error_message = "alarm_destinations: an endpoint must not be under example.com, example.net or example.org. Use your own."
  }
}
