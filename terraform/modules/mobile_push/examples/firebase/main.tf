module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

variable "service_account_key" {
  type      = string
  sensitive = true
}

module "app" {
  source = "../.."

  name        = "shop-dev-app"
  platform    = "firebase"
  credential  = var.service_account_key
  kms_key_arn = module.key.key_arn
}
