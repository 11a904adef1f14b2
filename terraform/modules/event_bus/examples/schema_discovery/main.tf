# Schema discovery does not support a bus with a customer managed key, so this bus is for development.
module "bus" {
  source           = "../.."
  name             = "shop-dev-playground"
  schema_discovery = true
}
