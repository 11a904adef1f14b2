variable "name" {
  description = "Full name of the registry, such as `shop-dev`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[0-9A-Za-z_.@-]{1,64}$", var.name)) && !startswith(lower(var.name), "aws.") && var.name != "discovered-schemas"
    error_message = "name must be 1 to 64 letters, digits, '_', '.', '@' or '-', not beginning with 'aws.' and not 'discovered-schemas': those registries belong to EventBridge."
  }
}

variable "contracts" {
  description = "JSON text of the contracts by schema name, such as `OrderPlaced.v1`, in JSON Schema Draft 4, the only JSON Schema dialect that the registry accepts. A changed contract becomes a new version of its schema."
  type        = map(string)
  nullable    = false
  validation {
    condition     = length(var.contracts) > 0
    error_message = "Give at least one contract: read them with fileset() from the folder of generated Draft 4 files, and generate that folder first if it is empty."
  }
  validation {
    condition     = alltrue([for name in keys(var.contracts) : can(regex("^[0-9A-Za-z_.@-]{1,385}$", name))])
    error_message = "contracts: names must be 1 to 385 letters, digits, '_', '.', '@' or '-'."
  }
  validation {
    condition     = alltrue([for content in values(var.contracts) : startswith(try(jsondecode(content)["$schema"], ""), "http://json-schema.org/draft-04/schema")])
    error_message = "Give each contract as JSON with \"$schema\": \"http://json-schema.org/draft-04/schema#\": convert later drafts first; the registry rejects them."
  }
  validation {
    condition     = alltrue([for content in values(var.contracts) : length(content) <= 100000])
    error_message = "Make each contract at most 100,000 characters long, the registry's limit: remove the indentation (jsonencode(jsondecode(...))) or split it."
  }
}

variable "tags" {
  description = "Tags of all resources that the module creates."
  type        = map(string)
  default     = {}
  nullable    = false
}
