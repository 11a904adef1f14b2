variable "project" {
  description = "First part of every resource name."
  type        = string
  nullable    = false
  default     = "orderflow"
  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,19}$", var.project))
    error_message = "project must be 2 to 20 lower-case letters and digits, beginning with a letter; with a hyphen, one project's names could begin with another project's prefix."
  }
}

variable "region" {
  description = "Region of the state bucket and of `environments`."
  type        = string
  nullable    = false
  default     = "eu-west-1"
}

variable "repository" {
  description = "GitHub repository whose workflows may deploy, as its tokens name it: owner@id/name@id. To look it up, run `gh api repos/<owner>/<name>/actions/oidc/customization/sub`. https://docs.github.com/en/actions/reference/security/oidc"
  type        = string
  nullable    = false
  validation {
    condition     = can(regex(var.subjects_without_ids ? "^[A-Za-z0-9_-]+/[A-Za-z0-9._-]+$" : "^[A-Za-z0-9_-]+@[0-9]+/[A-Za-z0-9._-]+@[0-9]+$", var.repository))
    error_message = "repository must be written as ${var.subjects_without_ids ? "owner/name" : "owner@id/name@id"}, without a wildcard: a wildcard would let strangers' workflows deploy. Set subjects_without_ids to match the repository's tokens."
  }
}

variable "subjects_without_ids" {
  description = "Whether the repository's tokens still name it as owner/name, as in repositories created before 2026-07-15 and not renamed since. Whoever takes over the name can assume the roles: switch to ids if you can."
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
  description = "ARN of the account's existing GitHub identity provider; with null, the provider is created. An account can have only one for GitHub, so a second Region uses the provider of the first."
  type        = string
  default     = null
}

variable "environments" {
  description = "Environments of this account in this Region; each gets a key, a plan role and an apply role. Roles are global: the same name cannot be used in two Regions."
  type        = set(string)
  nullable    = false
  default     = ["dev", "staging", "prod"]
  validation {
    condition     = length(var.environments) > 0 && alltrue([for name in var.environments : can(regex("^[a-z][a-z0-9]{1,9}$", name))])
    error_message = "environments must name at least one environment, each 2 to 10 lower-case letters and digits, beginning with a letter."
  }
  validation {
    condition     = !contains(var.environments, "local")
    error_message = "environments must not contain local: the local cloud needs no state bucket and no deploy role."
  }
}

variable "destroyable" {
  description = "Environments that can be destroyed: the apply role of each may empty all of the environment's buckets. List only environments without deletion_protection."
  type        = set(string)
  nullable    = false
  default     = ["dev"]
  validation {
    condition     = !contains(var.destroyable, "prod")
    error_message = "destroyable must not contain prod: its buckets must be emptied manually."
  }
}

variable "permissions_boundary_arn" {
  description = "ARN of the permissions boundary of every role created here and by the environments, which name it in their terraform.tfvars; the apply roles cannot create a role without it. null for none."
  type        = string
  default     = null
}

variable "operators" {
  description = "For each environment, the ARNs of the roles (such as an IAM Identity Center role) or users that may assume the operators' role."
  type        = map(set(string))
  nullable    = false
  default     = {}
  validation {
    condition     = length(setsubtract(keys(var.operators), var.environments)) == 0
    error_message = "operators: keys must be among environments (${join(", ", var.environments)})."
  }
}

variable "budget" {
  description = "Monthly budget in US dollars for all resources with the project's tag, and the email addresses that are notified at 80% of it and when the forecast exceeds it; null for none. It counts costs only after `project` is activated as a cost allocation tag."
  type        = object({ dollars = number, emails = list(string) })
  default     = null
  validation {
    condition     = alltrue([for budget in var.budget[*] : budget.dollars > 0 && length(budget.emails) > 0])
    error_message = "budget: dollars must be above 0, and emails must not be empty."
  }
}
