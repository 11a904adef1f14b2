module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "bucket" {
  source      = "../.."
  name        = "shop-dev-logs"
  kms_key_arn = module.key.key_arn

  allowed_writers = {
    till_files = { service = "logging.s3.amazonaws.com", source_arn = "arn:aws:s3:::shop-dev-till-files", prefix = "till-files/" }
  }
}
