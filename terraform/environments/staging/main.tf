terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 7.0.0"
    }
  }

  # The bucket's name carries the account: terraform init -backend-config=bucket=<state_bucket_name of terraform/bootstrap>
  backend "s3" {
    key          = "staging/terraform.tfstate"
    region       = "eu-west-1"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = "eu-west-1"
  # Fill in the account that this environment may be applied to; null takes any.
  allowed_account_ids = null

  default_tags {
    tags = { project = "orderflow", environment = "staging", managed_by = "terraform/environments/staging" }
  }
}

variable "partner_api_keys" {
  description = "Keys with which the partners are called, by partner. Give them as TF_VAR_partner_api_keys, a JSON object."
  type        = map(string)
  sensitive   = true
  nullable    = false
}

module "pipeline" {
  source = "../../pipeline"

  project     = "orderflow"
  environment = "staging"

  storefront = { jwt = { issuer = "https://identity.example.com/staging" }, rate_limit = 200, burst_limit = 400 }
  webhooks   = { rate_limit = 100, burst_limit = 200 }

  payment_provider = { endpoint = "https://staging.payments.example.com", api_key = var.partner_api_keys["payment_provider"] }

  orders    = { retention_days = 90 }
  analytics = { retention_days = 30 }

  alarm_destinations = {
    team = { protocol = "email", endpoint = "orders-team@example.com" }
  }
}

output "pipeline" {
  description = "What other programs need to know of it: see terraform/pipeline/outputs.tf."
  value       = module.pipeline
}
