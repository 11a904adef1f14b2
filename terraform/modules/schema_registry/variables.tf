variable "name" {
  description = "Full name of the registry, such as `shop-dev`."
  type        = string
  nullable    = false
  validation {
    condition     = can(regex("^[0-9A-Za-z_.@-]{1,64}$", var.name)) && !startswith(lower(var.name), "aws.") && var.name != "discovered-schemas"
    error_message = "name must be 1 to 64 letters, digits, '_', '.', '@' or '-', not beginning with 'aws.' and not 'discovered-schemas': EventBridge reserves those names."
  }
}

variable "contracts" {
  description = "Contracts as JSON strings, by schema name such as `OrderPlaced.v1`, in JSON Schema Draft 4, the only draft that the registry accepts. A changed contract becomes a new version of its schema."
  type        = map(string)
  nullable    = false
  validation {
    condition     = length(var.contracts) > 0
    error_message = "contracts must have at least one entry. Read them with fileset() and file() from the folder of generated Draft 4 files; if it is empty, generate the files first."
  }
  validation {
    condition     = alltrue([for name in keys(var.contracts) : can(regex("^[0-9A-Za-z_.@-]{1,385}$", name))])
    error_message = "contracts: names must be 1 to 385 letters, digits, '_', '.', '@' or '-'."
  }
  validation {
    condition     = alltrue([for content in values(var.contracts) : startswith(try(jsondecode(content)["$schema"], ""), "http://json-schema.org/draft-04/schema")])
    error_message = "contracts: each must be JSON with \"$schema\": \"http://json-schema.org/draft-04/schema#\". Convert later drafts, which the registry rejects."
  }
  validation {
    condition     = alltrue([for content in values(var.contracts) : length(content) <= 100000])
    error_message = "contracts: each must have at most 100,000 characters, the registry's limit. Remove the indentation (jsonencode(jsondecode(...))) or split the contract."
  }
}

variable "tags" {
  description = "Tags of all resources that the module creates."
  type        = map(string)
  default     = {}
  nullable    = false
}
