variable "name" {
  description = "Name of the table."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.name))
    error_message = "name must be 3 to 255 letters, digits, hyphens, underscores or dots, as DynamoDB requires."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer managed key that encrypts the table, its stream and its backups."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not an alias or a key ID."
  }
}

variable "attributes" {
  description = "Types (S, N or B) of the key attributes of the table and its indexes, by name. Other attributes are not declared."
  type        = map(string)
  nullable    = false
  validation {
    condition = toset(keys(var.attributes)) == toset(compact(concat(
      [var.key.hash, var.key.range],
      flatten([for index in var.global_secondary_indexes : [index.hash_key, index.range_key]]),
    )))
    error_message = "attributes must contain exactly the keys of the table and of its indexes: add each missing key and remove every other attribute."
  }
}

variable "key" {
  description = "Names of the table's partition key (`hash`) and sort key (`range`, null for none)."
  type        = object({ hash = string, range = optional(string) })
  nullable    = false
}

variable "global_secondary_indexes" {
  description = "Global secondary indexes by name. `non_key_attributes` are for the projection INCLUDE only."
  type = map(object({
    hash_key           = string
    range_key          = optional(string)
    projection         = optional(string, "KEYS_ONLY")
    non_key_attributes = optional(set(string), [])
  }))
  default  = {}
  nullable = false
  validation {
    condition = alltrue([
      for index in var.global_secondary_indexes :
      (index.projection == "INCLUDE") == (length(index.non_key_attributes) > 0)
    ])
    error_message = "global_secondary_indexes: non_key_attributes must be set for the projection INCLUDE, and for no other."
  }
  validation {
    condition     = length(var.global_secondary_indexes) <= 20
    error_message = "global_secondary_indexes must have at most 20 entries, DynamoDB's default quota."
  }
}

variable "stream_view_type" {
  description = "What the stream contains for each change: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES; null for no stream. Changing it replaces the stream, so let its readers catch up first."
  type        = string
  default     = null
}

variable "ttl_attribute" {
  description = "Name of the number attribute with the time (in epoch seconds) after which DynamoDB deletes an item; null for none."
  type        = string
  default     = null
  validation {
    condition     = var.ttl_attribute == null ? true : !contains(compact([var.key.hash, var.key.range]), var.ttl_attribute)
    error_message = "ttl_attribute must not be a key of the table: an item's expiry could then never be changed."
  }
}

variable "capacity" {
  description = "Capacity of the table and of each index. By default it is on demand, billed per request; `provisioned` sets fixed units, without auto scaling. `on_demand_ceiling` limits on-demand throughput; requests above it are throttled."
  type = object({
    provisioned       = optional(object({ read_units = number, write_units = number }))
    on_demand_ceiling = optional(object({ read_units = number, write_units = number }))
  })
  default  = {}
  nullable = false
  validation {
    condition     = alltrue([for units in concat(var.capacity.provisioned[*], var.capacity.on_demand_ceiling[*]) : units.read_units >= 1 && units.write_units >= 1])
    error_message = "capacity: read_units and write_units must be at least 1."
  }
  validation {
    condition     = var.capacity.provisioned == null || var.capacity.on_demand_ceiling == null
    error_message = "capacity must have at most one of provisioned and on_demand_ceiling: a ceiling is for a table that is billed per request."
  }
}

variable "restore" {
  description = "Source of a restore: ARN of the table whose point-in-time recovery is used, and the point in time (`date_time`, RFC 3339; by default the latest). A restore happens only at creation, so the table needs a new name. If `restore` is null, the table starts empty."
  type        = object({ source_table_arn = string, date_time = optional(string) })
  default     = null
  validation {
    condition     = var.restore == null ? true : !endswith(var.restore.source_table_arn, ":table/${var.name}")
    error_message = "restore: name must differ from that of the source table. A restore creates a new table."
  }
}

variable "protection" {
  description = "Whether the table is protected from deletion (disable this only where its data may be deleted), and the recovery period in days (at most 35, the default)."
  type        = object({ deletion = optional(bool, true), recovery_days = optional(number) })
  default     = {}
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
