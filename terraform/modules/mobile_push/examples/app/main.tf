module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

variable "service_account_key" {
  type      = string
  sensitive = true
}

variable "signing_key" {
  type      = string
  sensitive = true
}

module "android" {
  source      = "../.."
  name        = "shop-dev-android"
  platform    = "firebase"
  credential  = var.service_account_key
  kms_key_arn = module.key.key_arn
}

module "ios" {
  source      = "../.."
  name        = "shop-dev-ios"
  platform    = "apple"
  credential  = var.signing_key
  apple       = { key_id = "ABCDE12345", team_id = "FGHIJ67890", bundle_id = "com.example.shop" }
  kms_key_arn = module.key.key_arn
}
