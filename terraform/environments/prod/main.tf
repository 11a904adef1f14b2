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
    key          = "prod/terraform.tfstate"
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
    tags = { project = "orderflow", environment = "prod", managed_by = "terraform/environments/prod" }
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
  environment = "prod"

  storefront = { jwt = { issuer = "https://identity.example.com/prod" }, rate_limit = 1000, burst_limit = 2000 }
  webhooks   = { rate_limit = 500, burst_limit = 1000 }

  payment_provider = { endpoint = "https://payments.example.com", api_key = var.partner_api_keys["payment_provider"], calls_per_second = 100 }

  # The files of `analytics` hold addresses: how many days they stay is for those to say who answer for personal data.
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

  alarm_destinations = {
    on_call = { protocol = "email", endpoint = "orders-on-call@example.com" }
  }
}

output "pipeline" {
  description = "What other programs need to know of it: see terraform/pipeline/outputs.tf."
  value       = module.pipeline
}
