# The bucket's name carries the account: terraform init -backend-config=bucket=<state_bucket_name of terraform/bootstrap>
terraform {
  backend "s3" {
    key          = "prod/terraform.tfstate"
    region       = "eu-west-1"
    encrypt      = true
    use_lockfile = true
  }
}
