terraform {
  required_version = ">= 1.11"

  required_providers { aws = { source = "hashicorp/aws", version = ">= 5.100.0, < 7.0.0" } }

  # The bucket's name and key depend on the account and come from terraform/bootstrap:
  # terraform init -backend-config=bucket=<state_bucket_name> -backend-config=kms_key_id=<state_key_arn>
  backend "s3" {
    key          = "staging/terraform.tfstate"
    region       = "eu-west-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = [var.account_id]

  default_tags { tags = { project = "orderflow", environment = "staging", managed_by = "terraform/environments/staging" } }
}

# Values that only you know: fill them in in terraform.tfvars.
variable "account_id" {
  description = "The only account that this environment can be applied to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the 12 digits of an account; got ${var.account_id}. Fill it in in terraform.tfvars."
  }
}

variable "deployment" {
  description = "Key of the environment (key_arns of terraform/bootstrap), issuer of the customers' tokens, address of the payment provider, recipients of alarms, and the permissions boundary of bootstrap if it has one."
  type = object({
    kms_key_arn        = string
    token_issuer       = string
    payment_provider   = string
    alarm_destinations = optional(map(object({ protocol = string, endpoint = string })), {})

    permissions_boundary_arn = optional(string)
  })
  nullable = false
}

variable "partner_api_keys" {
  description = "Keys with which the partners are called, by partner. Give them as TF_VAR_partner_api_keys, a JSON object."
  type        = map(string)
  sensitive   = true
  nullable    = false
}

module "pipeline" {
  source      = "../../pipeline"
  project     = "orderflow"
  environment = "staging"
  kms_key_arn = var.deployment.kms_key_arn

  permissions_boundary_arn = var.deployment.permissions_boundary_arn

  storefront = { jwt = { issuer = var.deployment.token_issuer }, rate_limit = 200, burst_limit = 400 }
  webhooks   = { rate_limit = 100, burst_limit = 200 }

  payment_provider = { endpoint = var.deployment.payment_provider, api_key = var.partner_api_keys["payment_provider"] }

  orders    = { retention_days = 90 }
  analytics = { retention_days = 30 }

  alarm_destinations = var.deployment.alarm_destinations
}

output "pipeline" {
  description = "Values for other programs: see terraform/pipeline/outputs.tf."
  value       = module.pipeline
}
