# An optional second function that reads the orders stream itself, for data that the messages on the topic do not contain.
# The reader has its own failure bucket, so that a redrive never sends the reader's failed records to the relay.
module "stream_reader" {
  source   = "../modules/function"
  for_each = var.stream_readers

  name                     = local.all_functions[each.key].name
  code                     = { package = each.value.package, handler = "${each.key}.handler.handler", rollback = lookup(local.rollbacks, each.key, null) }
  invocation               = { mode = "polled" }
  kms                      = { key_arn = var.kms_key_arn }
  permissions_boundary_arn = var.permissions_boundary_arn
  sizing                   = each.value.sizing
  environment              = merge(local.common_environment, { POWERTOOLS_SERVICE_NAME = each.key }, each.value.environment)
  permissions              = each.value.permissions

  stream_sources = {
    orders = {
      stream_arn                 = module.orders.stream_arn
      failure_bucket_arn         = module.stream_reader_failures[each.key].bucket_arn
      maximum_record_age_seconds = 43200
      filter_patterns            = each.value.filter_patterns
      enabled                    = local.relay_can_publish
    }
  }

  observability = local.observability
}

module "stream_reader_failures" {
  source   = "../modules/bucket"
  for_each = var.stream_readers

  name        = local.all_functions[each.key].failure_bucket
  kms_key_arn = var.kms_key_arn
  deletable   = !var.deletion_protection

  expirations = { failures = { days = 90 } }
}
