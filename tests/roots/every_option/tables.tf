locals { view_types = toset(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]) }

module "table" {
  source   = "../../../terraform/modules/table_with_stream"
  for_each = local.view_types

  name             = "${local.name}-${lower(replace(each.key, "_", "-"))}"
  kms_key_arn      = module.key.key_arn
  attributes       = { order_id = "S", entry_id = "S", shard = "S", due_at = "S" }
  key              = { hash = "order_id", range = "entry_id" }
  stream_view_type = each.key
  ttl_attribute    = "expires_at"
  capacity         = each.key == "KEYS_ONLY" ? { provisioned = { read_units = 5, write_units = 10 } } : {}
  protection       = { deletion = true }
  alarm_topic_arn  = module.alarms.topic_arn

  global_secondary_indexes = {
    due = { hash_key = "shard", range_key = "due_at", projection = "INCLUDE", non_key_attributes = ["version"] }
  }
}

# Sends the records that invoked it to a queue. Its filter excludes modifications.
module "reader" {
  source      = "../../../terraform/modules/function"
  name        = "${local.name}-reader"
  code        = { package = var.package, handler = "echo.handler.handler" }
  kms         = { key_arn = module.key.key_arn }
  invocation  = { mode = "polled" }
  environment = { QUEUE_URL = module.received["function"].queue_url }

  permissions = { send = { actions = ["sqs:SendMessage"], resources = [module.received["function"].queue_arn] } }

  stream_sources = { for view_type, table in module.table : lower(view_type) => {
    stream_arn             = table.stream_arn
    failure_bucket_arn     = module.bucket.bucket_arn
    batch_size             = 10
    parallelization_factor = 2
    filter_patterns        = [jsonencode({ eventName = ["INSERT", "REMOVE"] })]
  } }
}
