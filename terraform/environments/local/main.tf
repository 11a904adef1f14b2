terraform {
  required_version = ">= 1.11"

  required_providers { aws = { source = "hashicorp/aws", version = ">= 5.100.0, < 7.0.0" } }

  backend "local" { path = "terraform.tfstate" }
}

provider "aws" {
  region = "eu-west-1"
  # The account ID is the emulator's, so that this configuration can never be applied to a real account.
  allowed_account_ids = ["000000000000"]

  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true

  default_tags { tags = { project = "orderflow", environment = "local", managed_by = "terraform/environments/local" } }
}

# The simulators listen on the two ports above the emulator's.
variable "payment_provider" {
  description = "Endpoint and API key of the simulated payment provider."
  type        = object({ endpoint = string, api_key = string })
  default     = { endpoint = "https://127.0.0.1:4567", api_key = "simulated" }
  nullable    = false
}

variable "carrier" {
  description = "Endpoint and API key of the simulated carrier."
  type        = object({ endpoint = string, api_key = string })
  default     = { endpoint = "https://127.0.0.1:4568", api_key = "simulated" }
  nullable    = false
}

variable "payment_term_seconds" {
  description = "Payment term of an order, in seconds. Increase it on a busy machine, where payments take longer."
  type        = number
  default     = 30
  nullable    = false
}

module "key" {
  source = "../../modules/environment_key"
  name   = "orderflow-local"
}

moved {
  from = module.pipeline.module.key
  to   = module.key
}

module "pipeline" {
  source      = "../../pipeline"
  project     = "orderflow"
  environment = "local"
  kms_key_arn = module.key.key_arn

  # There is no token issuer: the header X-Customer-Id identifies the customer.
  storefront = { rate_limit = 500, burst_limit = 1000, orders_per_hour = 100000 }
  webhooks   = { rate_limit = 500, burst_limit = 1000 }

  payment_provider = merge(var.payment_provider, { calls_per_second = 100 })
  carrier          = merge(var.carrier, { calls_per_second = 100 })

  orders    = { payment_term_seconds = var.payment_term_seconds, deadline_check = "rate(1 minute)", retention_days = 30 }
  retention = { log_days = 7, archive_days = 7, till_file_days = 7 }

  # Each new till file is also forwarded to our bus as an event.
  forwarded_events = {
    till_files = {
      source       = "aws.s3"
      detail_types = ["Object Created"]
      detail       = jsonencode({ bucket = { name = [{ prefix = "orderflow-local-till-files-" }] } })
    }
  }

  # Short timeouts mean short visibility timeouts, so a message whose consumer timed out is redelivered sooner.
  sizing = {
    recorder         = { timeout_seconds = 10, maximum_concurrency = 4 }
    finance          = { timeout_seconds = 10, maximum_concurrency = 2 }
    warehouse        = { timeout_seconds = 10, maximum_concurrency = 2 }
    customer_service = { timeout_seconds = 10, maximum_concurrency = 2 }
  }

  # The emulator has no schema registry.
  schema_registry = false

  # Everything in the local cloud may be deleted.
  deletion_protection = false
}

output "pipeline" {
  description = "Outputs of the pipeline (terraform/pipeline/outputs.tf), for scripts."
  value       = module.pipeline
}
