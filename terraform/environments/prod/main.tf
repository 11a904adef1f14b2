terraform {
  required_version = ">= 1.11"

  required_providers { aws = { source = "hashicorp/aws", version = ">= 5.100.0, < 7.0.0" } }

  # The bucket's name and KMS key depend on the account and come from terraform/bootstrap:
  # terraform init -backend-config=bucket=<state_bucket_name> -backend-config=kms_key_id=<state_key_arn>
  backend "s3" {
    key          = "prod/terraform.tfstate"
    region       = "eu-west-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region              = "eu-west-1"
  allowed_account_ids = [var.account_id]

  default_tags { tags = { project = "orderflow", environment = "prod", managed_by = "terraform/environments/prod" } }
}

# Values that only you know: set them in terraform.tfvars.
variable "account_id" {
  description = "ID of the only account that this environment can be applied to."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be a 12-digit AWS account ID; got ${var.account_id}. Set it in terraform.tfvars."
  }
}

variable "deployment" {
  description = "ARN of the environment's key (output key_arns of terraform/bootstrap), issuer of the customers' tokens, endpoint of the payment provider, recipients of alarms, and the permissions boundary of terraform/bootstrap, if any."
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
  description = "API keys for calls to the partners, by partner. Set them in the environment variable TF_VAR_partner_api_keys, as a JSON object."
  type        = map(string)
  sensitive   = true
  nullable    = false
}

module "pipeline" {
  source      = "../../pipeline"
  project     = "orderflow"
  environment = "prod"
  kms_key_arn = var.deployment.kms_key_arn

  permissions_boundary_arn = var.deployment.permissions_boundary_arn

  storefront = { jwt = { issuer = var.deployment.token_issuer }, rate_limit = 1000, burst_limit = 2000 }
  webhooks   = { rate_limit = 500, burst_limit = 1000 }

  payment_provider = { endpoint = var.deployment.payment_provider, api_key = var.partner_api_keys["payment_provider"], calls_per_second = 100 }

  # `analytics` is not set, because its files contain addresses: whoever is responsible for personal data decides whether and how long to keep them.
  retention = { log_days = 90, archive_days = 90, till_file_days = 400 }

  reserve_concurrency = true
  sizing = {
    storefront_api   = { memory_mb = 1024 }
    webhooks         = { memory_mb = 1024 }
    recorder         = { maximum_concurrency = 50 }
    relay            = { parallelization_factor = 4 }
    finance          = { maximum_concurrency = 20 }
    warehouse        = { maximum_concurrency = 20 }
    customer_service = { maximum_concurrency = 20 }
  }

  orders_expected    = { from_hour = 6, to_hour = 22 } # UTC
  alarm_destinations = var.deployment.alarm_destinations
}

output "pipeline" {
  description = "Outputs of the pipeline (terraform/pipeline/outputs.tf), for scripts."
  value       = module.pipeline
}
