# One more function that reads the orders' stream itself, where an environment asks for it: for what no message on the topic tells.
# It has a place of its own for what it cannot handle, so that a redrive never hands it to the relay.
module "stream_reader" {
  source   = "../modules/function"
  for_each = var.stream_readers

  name        = "${local.prefix}-${each.key}"
  function    = each.key
  package     = each.value.package
  invocation  = "polled"
  kms_key_arn = module.key.key_arn
  sizing      = each.value.sizing
  environment = merge(local.common_environment, each.value.environment)
  permissions = each.value.permissions

  stream_sources = {
    orders = {
      stream_arn                 = module.orders.stream_arn
      failure_bucket_arn         = module.stream_reader_failures[each.key].bucket_arn
      maximum_record_age_seconds = 43200
      filter_patterns            = each.value.filter_patterns
      enabled                    = local.changes_can_be_told
    }
  }

  log_retention_days = var.retention.log_days
  alarm_topic_arn    = module.alarms.topic_arn
}

module "stream_reader_failures" {
  source   = "../modules/bucket"
  for_each = var.stream_readers

  name        = "${local.prefix}-${replace(each.key, "_", "-")}-failures-${local.account_id}"
  kms_key_arn = module.key.key_arn
  deletable   = !var.deletion_protection

  expirations = {
    failures = { days = 90 }
  }
}
