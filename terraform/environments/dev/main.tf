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
    key          = "dev/terraform.tfstate"
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
    tags = { project = "orderflow", environment = "dev", managed_by = "terraform/environments/dev" }
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
  environment = "dev"

  storefront = { jwt = { issuer = "https://identity.example.com/dev" }, rate_limit = 50, burst_limit = 100 }
  webhooks   = { rate_limit = 20, burst_limit = 50 }

  payment_provider = { endpoint = "https://dev.payments.example.com", api_key = var.partner_api_keys["payment_provider"], calls_per_second = 5 }

  orders    = { payment_term_seconds = 900, retention_days = 30 }
  retention = { log_days = 14, archive_days = 7, till_file_days = 30 }

  deletion_protection = false
}

output "pipeline" {
  description = "What other programs need to know of it: see terraform/pipeline/outputs.tf."
  value       = module.pipeline
}
