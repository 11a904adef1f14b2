module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "table" {
  source      = "../.."
  name        = "shop-dev-ledger"
  kms_key_arn = module.key.key_arn
  attributes  = { order_id = "S", entry_id = "S" }
  key         = { hash = "order_id", range = "entry_id" }
  capacity    = { provisioned = { read_units = 5, write_units = 10 } }
  protection  = { deletion = false }
}
