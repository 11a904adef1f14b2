module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

# The key policy of `environment_key` does not let S3 encrypt the reports; it needs an additional statement.
module "bucket" {
  source      = "../.."
  name        = "shop-dev-inventory"
  kms_key_arn = module.key.key_arn

  allowed_writers = {
    till_files = { service = "s3.amazonaws.com", source_arn = "arn:aws:s3:::shop-dev-till-files", prefix = "till-files/" }
  }
}
