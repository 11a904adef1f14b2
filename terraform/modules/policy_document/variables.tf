variable "statements" {
  description = "The statements. A trust policy names `principals` (type to identifiers) and no `resources`, an identity policy the other way round, a resource policy both."
  type = list(object({
    sid        = string
    effect     = optional(string, "Allow")
    principals = optional(map(set(string)))
    actions    = set(string)
    resources  = optional(set(string), [])
    conditions = optional(list(object({
      test     = string
      variable = string
      values   = set(string)
    })), [])
  }))
  nullable = false

  validation {
    condition     = alltrue([for statement in var.statements : contains(["Allow", "Deny"], statement.effect)])
    error_message = "statements: effect must be Allow or Deny."
  }

  validation {
    condition     = alltrue([for statement in var.statements : can(regex("^[A-Za-z0-9]+$", statement.sid))])
    error_message = "statements: sid must be letters and digits only, the rule of IAM."
  }

  validation {
    condition     = length(distinct([for statement in var.statements : statement.sid])) == length(var.statements)
    error_message = "statements: every sid must be different, or one statement replaces another."
  }

  validation {
    condition = alltrue([
      for statement in var.statements :
      length(distinct([for condition in statement.conditions : "${condition.test} ${condition.variable}"])) == length(statement.conditions)
    ])
    error_message = "statements: a condition with the same test and variable must not appear twice; put all its values into one."
  }
}
