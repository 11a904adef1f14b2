variable "name" {
  description = "Full name of the topic, such as `shop-dev-order-changes`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,256}$", var.name))
    error_message = "name must be 1 to 256 letters, digits, '-' or '_'. FIFO topics are not supported, because they deliver only to SQS queues."
  }
}

variable "audience" {
  description = "Who may subscribe: only `systems`, or also `people`. A topic for systems refuses email, SMS and push."
  type        = string
  nullable    = false
  validation {
    condition     = contains(["systems", "people"], var.audience)
    error_message = "audience must be systems or people."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key that encrypts messages. Its key policy must allow each service that publishes to use it, and CloudWatch Logs if `delivery_status` is set."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:(key|alias)/.+$", var.kms_key_arn))
    error_message = "kms_key_arn must be the complete ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>) or alias (...:alias/<name>)."
  }
}

variable "display_name" {
  description = "Sender's name in emails; SMS messages contain its first ten characters. With `null`, AWS's default applies."
  type        = string
  default     = null
  validation {
    condition     = alltrue([for name in var.display_name[*] : can(regex("^[ -~]{1,100}$", name))])
    error_message = "display_name must be 1 to 100 printable ASCII characters."
  }
}

variable "publishers" {
  description = "Who may publish in addition to the roles of this account, whose own policies decide: an AWS service on behalf of the resources in `source_arn` (may contain `*`), accounts, or an organization."
  type = map(object({
    service         = optional(string)
    source_arn      = optional(string)
    accounts        = optional(set(string), [])
    organization_id = optional(string)
  }))
  default  = {}
  nullable = false
  validation {
    condition     = alltrue([for key in keys(var.publishers) : can(regex("^[a-z][a-z0-9_]*$", key))])
    error_message = "publishers: keys must be snake_case, because the statements' Sids are derived from them."
  }
  validation {
    condition     = alltrue([for publisher in var.publishers : 1 == length(compact([publisher.service, length(publisher.accounts) == 0 ? null : "accounts", publisher.organization_id]))])
    error_message = "publishers: each entry must have exactly one of `service`, `accounts` and `organization_id`."
  }
  validation {
    condition     = alltrue([for publisher in var.publishers : (publisher.service == null) == (publisher.source_arn == null)])
    error_message = "publishers: source_arn must be set for a service, and for no other publisher. Without it, the service could publish on behalf of any account."
  }
  validation {
    condition     = alltrue(flatten([for publisher in var.publishers : [for service in publisher.service[*] : endswith(service, ".amazonaws.com")]]))
    error_message = "publishers: service must be a service principal such as cloudwatch.amazonaws.com or s3.amazonaws.com."
  }
  validation {
    condition     = alltrue(flatten([for publisher in var.publishers : [for arn in publisher.source_arn[*] : can(regex("^arn:[^:*?]+:[^:*?]+:[^:*?]*:[^:*?]*:[^:*?]+", arn))]]))
    error_message = "publishers: source_arn must be an ARN with partition, service and resource; `*` may appear only in the resource, after its first character."
  }
  validation {
    condition     = alltrue(flatten([for publisher in var.publishers : [for account in publisher.accounts : can(regex("^[0-9]{12}$", account))]]))
    error_message = "publishers: accounts must be 12-digit account IDs."
  }
  validation {
    condition     = alltrue(flatten([for publisher in var.publishers : [for id in publisher.organization_id[*] : can(regex("^o-[a-z0-9]{10,32}$", id))]]))
    error_message = "publishers: organization_id must be the ID of an organization (o-<10 to 32 letters and digits>)."
  }
}

variable "delivery_status" {
  description = "Deliveries to log: all that fail and a percentage of those that succeed, for the listed `protocols` (`application`, `firehose`, `http`, which includes HTTPS, `lambda`, `sqs`). SNS does not log email deliveries. With `null`, nothing is logged."
  type        = object({ protocols = set(string), success_sample_percentage = optional(number, 0), log_retention_days = optional(number, 30) })
  default     = null
  validation {
    condition     = alltrue([for status in var.delivery_status[*] : length(status.protocols) > 0 && length(setsubtract(status.protocols, ["application", "firehose", "http", "lambda", "sqs"])) == 0])
    error_message = "delivery_status.protocols must contain at least one of application, firehose, http, lambda and sqs, and no other protocol: a topic can log deliveries for these protocols only."
  }
}

variable "tracing" {
  description = "X-Ray tracing: `PassThrough` passes the publisher's trace header to queues and functions; `Active` also records segments for the topic."
  type        = string
  default     = "PassThrough"
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the topic that the alarms notify. With `null`, the alarms have no action."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources that the module creates."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of the role that logs deliveries; null for none."
  type        = string
  default     = null
}
