# Discovery cannot read a bus that is encrypted with a customer key, so this one is for development.
module "bus" {
  source           = "../.."
  name             = "shop-dev-playground"
  schema_discovery = true
}
