variable "name" {
  description = "Name of the table."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[A-Za-z0-9_.-]{3,255}$", var.name))
    error_message = "name must be 3 to 255 letters, digits, hyphens, underscores or dots, the rule of DynamoDB."
  }
}

variable "kms_key_arn" {
  description = "ARN of the customer key that encrypts the table, its stream and its backups."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of a key (arn:aws:kms:<region>:<account>:key/<id>), not an alias or a bare id."
  }
}

variable "attributes" {
  description = "Type (S, N or B) of every key attribute of the table and its indexes. Other attributes are not declared."
  type        = map(string)
  nullable    = false
  validation {
    condition = toset(keys(var.attributes)) == toset(compact(concat(
      [var.key.hash, var.key.range],
      flatten([for index in var.global_secondary_indexes : [index.hash_key, index.range_key]]),
    )))
    error_message = "attributes must contain exactly the keys of the table and of its indexes: add each missing key, remove every other attribute."
  }
}

variable "key" {
  description = "Names of the table's partition key (`hash`) and sort key (`range`, null for none)."
  type        = object({ hash = string, range = optional(string) })
  nullable    = false
}

variable "global_secondary_indexes" {
  description = "Global secondary indexes by name. `non_key_attributes` goes with the projection INCLUDE."
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
    error_message = "global_secondary_indexes: the projection INCLUDE needs non_key_attributes, and only INCLUDE may have them."
  }
  validation {
    condition     = length(var.global_secondary_indexes) <= 20
    error_message = "global_secondary_indexes: a table has at most 20 by default."
  }
}

variable "stream_view_type" {
  description = "What the stream contains for each change: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE or NEW_AND_OLD_IMAGES; null for no stream. Changing it replaces the stream, so drain its readers first."
  type        = string
  default     = null
}

variable "ttl_attribute" {
  description = "Number attribute (epoch seconds) after which DynamoDB deletes an item; null for none."
  type        = string
  default     = null
  validation {
    condition     = var.ttl_attribute == null ? true : !contains(compact([var.key.hash, var.key.range]), var.ttl_attribute)
    error_message = "ttl_attribute must not be a key of the table: an item could then never change its time to live."
  }
}

variable "capacity" {
  description = "Billed per request unless `provisioned` sets units for the table and each index, without autoscaling. `on_demand_ceiling` caps the requests; those above it are throttled."
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
    error_message = "capacity: give provisioned or on_demand_ceiling, not both: a ceiling is for a table that is billed per request."
  }
}

variable "restore" {
  description = "ARN of the table whose point-in-time recovery this table is restored from, and the moment (RFC 3339; null for the latest). It applies only at creation, so the table needs a new name. null creates an empty table."
  type        = object({ source_table_arn = string, date_time = optional(string) })
  default     = null
  validation {
    condition     = var.restore == null ? true : !endswith(var.restore.source_table_arn, ":table/${var.name}")
    error_message = "restore: name must differ from that of the source table. A restore creates a new table."
  }
}

variable "protection" {
  description = "Whether deletion of the table is refused (disable this only where its data may be deleted), and how many days back it can be restored (at most 35, the default)."
  type        = object({ deletion = optional(bool, true), recovery_days = optional(number) })
  default     = {}
  nullable    = false
}

variable "alarm_topic_arn" {
  description = "Topic that the alarms notify; null leaves the alarms without an action."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags of all resources that the module creates."
  type        = map(string)
  default     = {}
  nullable    = false
}
