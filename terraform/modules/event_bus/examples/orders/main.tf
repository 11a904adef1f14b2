module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "bus" {
  source      = "../.."
  name        = "shop-dev-orders"
  kms_key_arn = module.key.key_arn
  archive     = { retention_days = 90 }
}
