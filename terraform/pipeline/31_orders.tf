# The orders: the state that everything else follows. Its stream feeds the relay.
locals {
  # A change that the relay could not publish must not be written: recorder and relay then stand still.
  changes_can_be_told = var.orders.stream_view_type == "NEW_AND_OLD_IMAGES"
}

module "orders" {
  source           = "../modules/table_with_stream"
  name             = local.tables.orders
  kms_key_arn      = var.kms_key_arn
  key              = { hash = "order_id" }
  stream_view_type = var.orders.stream_view_type
  ttl_attribute    = "expires_at"
  restore          = var.orders.restored

  attributes = {
    order_id       = "S"
    due_shard      = "S"
    payment_due_at = "S"
    buyer          = "S"
    placed_at      = "S"
  }

  # Sparse: only orders that still wait for their payment carry due_shard, so the index stays small.
  global_secondary_indexes = {
    payment_due = { hash_key = "due_shard", range_key = "payment_due_at", projection = "INCLUDE", non_key_attributes = ["version"] }
    # A customer's orders by time. Sparse, too: a till's receipts are nobody's, and would all be in one partition.
    # Keys alone: with the status in it, each change of an order would be a second write.
    buyer = { hash_key = "buyer", range_key = "placed_at" }
  }

  protection      = { deletion = var.deletion_protection }
  alarm_topic_arn = module.alarms.topic_arn
}
