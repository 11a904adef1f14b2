module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "topic" {
  source      = "../.."
  name        = "shop-dev-order-changes"
  audience    = "systems"
  kms_key_arn = module.key.key_arn

  delivery_status = { protocols = ["sqs", "lambda", "http", "firehose"], success_sample_percentage = 1 }
}
