terraform {
  required_version = ">= 1.11"

  required_providers { aws = { source = "hashicorp/aws", version = ">= 5.100.0, < 7.0.0" } }

  # The team's own state is a local file here; on AWS it belongs in an S3 bucket of the team.
  backend "local" {}
}

provider "aws" {
  region = var.region

  default_tags { tags = { project = var.team, environment = var.environment, managed_by = "examples/standalone_producer" } }
}
