module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

variable "signing_key" {
  type      = string
  sensitive = true
}

module "app" {
  source = "../.."

  name        = "shop-dev-app"
  platform    = "apple"
  credential  = var.signing_key
  apple       = { key_id = "ABCDE12345", team_id = "FGHIJ67890", bundle_id = "com.example.shop" }
  kms_key_arn = module.key.key_arn
}
