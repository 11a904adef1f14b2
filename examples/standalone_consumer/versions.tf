terraform {
  required_version = ">= 1.11"

  required_providers { aws = { source = "hashicorp/aws", version = ">= 5.100.0, < 7.0.0" } }

  # The team's own state: on disk here, in the team's bucket for a real account.
  backend "local" {}
}

provider "aws" {
  region = var.region

  default_tags { tags = { project = var.team, environment = var.environment, managed_by = "examples/standalone_consumer" } }
}
