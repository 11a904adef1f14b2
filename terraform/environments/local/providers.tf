terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 6.0.0"
    }
  }
}

provider "aws" {
  region              = local.region
  allowed_account_ids = local.account_ids

  s3_use_path_style           = local.emulated
  skip_credentials_validation = local.emulated
  skip_metadata_api_check     = local.emulated

  default_tags {
    tags = {
      project     = local.project
      environment = local.environment
      managed_by  = "terraform/environments/${local.environment}"
    }
  }
}
