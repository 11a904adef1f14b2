terraform {
  required_version = ">= 1.11"

  required_providers { aws = { source = "hashicorp/aws", version = ">= 5.100.0, < 7.0.0" } }
}

provider "aws" {
  region                      = "eu-west-1"
  s3_use_path_style           = true
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  allowed_account_ids         = ["000000000000", "123456789012"] # the accounts of emulators
}
