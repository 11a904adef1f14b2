variable "project" {
  description = "First part of every name."
  type        = string
  nullable    = false
  default     = "orderflow"
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,19}$", var.project))
    error_message = "project must be 2 to 20 lower-case letters and digits, beginning with a letter; with a hyphen one project's names could begin like those of another's environment."
  }
}

variable "region" {
  description = "Region of the state bucket and of the environments that this account holds."
  type        = string
  nullable    = false
  default     = "eu-west-1"
}

variable "repository" {
  description = "GitHub repository whose workflows may deploy, as its tokens name it: owner@id/name@id. `gh api repos/<owner>/<name>/actions/oidc/customization/sub` shows it. https://docs.github.com/en/actions/reference/security/oidc"
  type        = string
  nullable    = false
  validation {
    condition     = can(regex(var.subjects_without_ids ? "^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$" : "^[A-Za-z0-9_-]+@[0-9]+/[A-Za-z0-9._-]+@[0-9]+$", var.repository))
    error_message = "repository must be written as ${var.subjects_without_ids ? "owner/name" : "owner@id/name@id"}, without a wildcard: a wildcard would let strangers' workflows deploy. Set subjects_without_ids to how the repository's tokens are written."
  }
}

variable "subjects_without_ids" {
  description = "Whether the repository's tokens still name it as owner/name, as those of repositories made before 2026-07-15 do. Whoever takes over the name takes over the roles: switch to ids where you can."
  type        = bool
  nullable    = false
  default     = false
}

variable "deploy_branch" {
  description = "Branch whose workflow runs may plan a deployment."
  type        = string
  nullable    = false
  default     = "main"
  validation {
    condition     = can(regex("^[A-Za-z0-9._/@-]+$", var.deploy_branch))
    error_message = "deploy_branch must be one branch name, without a wildcard."
  }
}

variable "identity_provider_arn" {
  description = "The account's identity provider of GitHub where it has one; null makes it. An account has one at most, so a second Region names that of the first."
  type        = string
  default     = null
}

variable "environments" {
  description = "Environments that this account holds in this Region; each gets a key, a plan role and an apply role. Roles are global: the same name cannot be used in two Regions."
  type        = set(string)
  nullable    = false
  default     = ["dev", "staging", "prod"]
  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in var.environments : can(regex("^[a-z][a-z0-9]{1,9}$", name))])
    error_message = "environments must name at least one environment, each 2 to 10 lower-case letters and digits."
  }
  validation {
    condition     = !contains(var.environments, "local")
    error_message = "environments must not hold local: the local cloud needs no state bucket and no deploy role."
  }
}

variable "destroyable" {
  description = "Environments whose apply role may empty buckets, which a destroy of them needs: those without deletion_protection."
  type        = set(string)
  nullable    = false
  default     = ["dev"]
  validation {
    condition     = !contains(var.destroyable, "prod")
    error_message = "destroyable must not hold prod: its buckets are emptied by hand."
  }
}

variable "permissions_boundary_arn" {
  description = "Permissions boundary of every role made here and by the environments, which name it in their terraform.tfvars: the apply roles make none without it. null: none."
  type        = string
  default     = null
}

variable "operators" {
  description = "Roles or users that may take the operators' role, by environment: ARNs, such as that of a role of IAM Identity Center."
  type        = map(set(string))
  nullable    = false
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.operators), var.environments)) == 0
    error_message = "operators: keys must be among environments (${join(", ", var.environments)})."
  }
}

variable "budget" {
  description = "Dollars a month for all that carries the project's tag, and who is told at 80% of it, and when 100% are forecast. null: no budget."
  type        = object({ dollars = number, emails = list(string) })
  default     = null
  validation {
    condition     = alltrue([for budget in var.budget[*] : budget.dollars > 0 && length(budget.emails) > 0])
    error_message = "budget: dollars must be above 0, and somebody must be told."
  }
}
