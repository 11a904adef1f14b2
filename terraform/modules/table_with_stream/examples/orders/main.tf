module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "table" {
  source           = "../.."
  name             = "shop-dev-orders"
  kms_key_arn      = module.key.key_arn
  attributes       = { order_id = "S", due_shard = "S", payment_due_at = "S" }
  key              = { hash = "order_id" }
  stream_view_type = "NEW_AND_OLD_IMAGES"
  ttl_attribute    = "expires_at"

  global_secondary_indexes = {
    payment_due = { hash_key = "due_shard", range_key = "payment_due_at", projection = "INCLUDE", non_key_attributes = ["version"] }
  }
}
