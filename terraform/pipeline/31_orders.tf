# The orders table, the source of all order changes. Its stream feeds the relay.
locals {
  # A change that the relay cannot publish must not be written, so without this view type the recorder and the relay stop.
  relay_can_publish = var.orders.stream_view_type == "NEW_AND_OLD_IMAGES"
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

  # This index is sparse: only orders that await payment have due_shard, so the index stays small.
  global_secondary_indexes = {
    payment_due = { hash_key = "due_shard", range_key = "payment_due_at", projection = "INCLUDE", non_key_attributes = ["version"] }
    # This index lists a customer's orders by time, and is also sparse: till receipts have no customer, and would all be in one partition.
    # The index contains only keys: with the status in the index, each change of an order's status would cost a second write.
    buyer = { hash_key = "buyer", range_key = "placed_at" }
  }

  protection      = { deletion = var.deletion_protection }
  alarm_topic_arn = module.alarms.topic_arn
}
