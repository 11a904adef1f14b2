terraform {
  required_version = ">= 1.11"
  required_providers { aws = { source = "hashicorp/aws", version = ">= 5.100.0, < 7.0.0" } }
}

provider "aws" {
  region = var.region

  default_tags { tags = { project = var.project, managed_by = "terraform/bootstrap" } }
}
