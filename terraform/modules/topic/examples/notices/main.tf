module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "topic" {
  source       = "../.."
  name         = "shop-dev-notices"
  audience     = "people"
  display_name = "The Shop"
  kms_key_arn  = module.key.key_arn
}
