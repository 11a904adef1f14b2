variable "permissions" {
  description = "Permissions of the function beyond those for its logs, traces, environment variables, sources and failure destination: one policy statement per entry, keyed by a short name."
  type = map(object({
    actions   = set(string)
    resources = set(string)
    conditions = optional(list(object({
      test     = string
      variable = string
      values   = set(string)
    })), [])
  }))
  default  = {}
  nullable = false
  validation {
    condition     = alltrue([for key in keys(var.permissions) : can(regex("^[a-z][a-z0-9_]*$", key))])
    error_message = "permissions: keys must be snake_case, because the statements' Sids are derived from them."
  }
  validation {
    condition = alltrue(flatten([
      for permission in var.permissions : [for action in permission.actions : can(regex("^[a-z0-9-]+:[A-Za-z0-9]+$", action))]
    ]))
    error_message = "permissions: actions must be complete, such as `dynamodb:PutItem`, without wildcards."
  }
  validation {
    condition = alltrue(flatten([
      for permission in var.permissions : [for resource in permission.resources : startswith(resource, "arn:")]
    ]))
    error_message = "permissions: resources must be ARNs; `*` would grant the action on every resource in the account."
  }
  validation {
    condition     = alltrue([for permission in var.permissions : length(permission.actions) > 0 && length(permission.resources) > 0])
    error_message = "permissions: each entry must have at least one action and one resource."
  }
}
