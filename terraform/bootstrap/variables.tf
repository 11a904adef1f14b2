variable "project" {
  description = "First part of every name."
  type        = string
  nullable    = false
  default     = "orderflow"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.project))
    error_message = "project must be 2 to 20 lower-case letters, digits and hyphens, beginning with a letter."
  }
}

variable "region" {
  description = "Region of the state bucket and of the environments that this account holds."
  type        = string
  nullable    = false
  default     = "eu-west-1"
}

variable "repository" {
  description = "GitHub repository whose workflows may deploy, as owner/name."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must be written as owner/name, without a wildcard: a wildcard would let strangers' workflows deploy."
  }
}

variable "deploy_branch" {
  description = "Branch whose workflow runs may plan a deployment."
  type        = string
  nullable    = false
  default     = "main"

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.deploy_branch))
    error_message = "deploy_branch must be one branch name, without a wildcard."
  }
}

variable "environments" {
  description = "Environments that this account holds; each gets a plan role and an apply role. Apply the root once per account."
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
