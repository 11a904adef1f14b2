variable "name" {
  description = "Full name of the bus, such as `shop-dev-orders`. For a bus that receives a SaaS partner's events it is the name of the partner event source."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex(var.partner_event_source_name == null ? "^[A-Za-z0-9._-]{1,256}$" : "^[A-Za-z0-9._/-]{1,256}$", var.name)) && var.name != "default"
    error_message = "name must be 1 to 256 letters, digits, '.', '_' or '-' (for a partner's bus also '/'), and not 'default': the default bus already exists, so rules can use it without this module."
  }
  validation {
    condition     = var.partner_event_source_name == null || var.name == var.partner_event_source_name
    error_message = "name must equal partner_event_source_name: AWS gives a partner's bus the name of its event source."
  }
}

variable "partner_event_source_name" {
  description = "Name of the SaaS partner event source to receive from (`aws.partner/<partner>/<...>`), which the partner created for this account. `null` for a custom bus."
  type        = string
  default     = null
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key that encrypts events on the bus. Its key policy must let `events.amazonaws.com` use it. With `null`, an AWS owned key encrypts them."
  type        = string
  default     = null
  validation {
    condition     = alltrue([for arn in var.kms_key_arn[*] : can(regex("^arn:[^:]+:kms:[^:]+:[0-9]{12}:(key|alias)/.+$", arn))])
    error_message = "kms_key_arn must be the complete ARN of a KMS key (arn:aws:kms:<region>:<account>:key/<id>) or alias (...:alias/<name>)."
  }
}

variable "archive" {
  description = "Archive for replay: every event for `retention_days` (0 keeps them indefinitely), or only those that match the JSON `event_pattern`. Its name is derived from that of the bus unless `name` is set. With `null`, there is no archive, so nothing can be replayed."
  type        = object({ name = optional(string), retention_days = optional(number, 30), event_pattern = optional(string) })
  default     = {}
  validation {
    condition     = alltrue([for archive in var.archive[*] : archive.retention_days >= 0 && floor(archive.retention_days) == archive.retention_days])
    error_message = "archive.retention_days must be a whole number of days, or 0 to keep events indefinitely."
  }
  validation {
    condition     = alltrue(flatten([for archive in var.archive[*] : [for pattern in archive.event_pattern[*] : can(keys(jsondecode(pattern))[0])]]))
    error_message = "archive.event_pattern must be a JSON object with at least one key, for example from jsonencode(). Omit it to archive every event."
  }
}

variable "senders" {
  description = "Who else may put events on the bus: the accounts, or the organization, and which `sources` (and `detail_types`) they may use. Roles of this account need no entry; their own policies decide."
  type = map(object({
    accounts        = optional(set(string), [])
    organization_id = optional(string)
    sources         = set(string)
    detail_types    = optional(set(string), [])
  }))
  default  = {}
  nullable = false
  validation {
    condition     = alltrue([for key in keys(var.senders) : can(regex("^[a-z][a-z0-9_]*$", key))])
    error_message = "senders: keys must be snake_case, because the statements' Sids are derived from them."
  }
  validation {
    condition     = alltrue([for sender in var.senders : (length(sender.accounts) > 0) != (sender.organization_id != null)])
    error_message = "senders: each entry must have either accounts or organization_id: with neither, the statement would have no principal; with both, the accounts would be ignored."
  }
  validation {
    condition     = alltrue(flatten([for sender in var.senders : [for account in sender.accounts : can(regex("^[0-9]{12}$", account))]]))
    error_message = "senders: accounts must be 12-digit account IDs."
  }
  validation {
    condition     = alltrue([for sender in var.senders : alltrue([for id in sender.organization_id[*] : can(regex("^o-[a-z0-9]{10,32}$", id))])])
    error_message = "senders: organization_id must be the ID of an organization (o-<10 to 32 letters and digits>)."
  }
  validation {
    condition     = alltrue([for sender in var.senders : length(sender.sources) > 0 && !contains(sender.sources, "*")])
    error_message = "senders: sources must list each event source that the sender may use, without `*`, which is compared literally. A sender without sources could impersonate any producer."
  }
}

variable "schema_discovery" {
  description = "Whether EventBridge infers schemas from the events on this bus and stores them in the registry `discovered-schemas`. Not possible on a bus with a customer managed key."
  type        = bool
  default     = false
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "ARN of the topic that the alarm notifies. With `null`, the alarm has no action."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources that the module creates."
  type        = map(string)
  default     = {}
  nullable    = false
}
