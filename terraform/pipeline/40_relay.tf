# The relay: stream to topic. Every change to an order's public fields becomes one OrderChanged, its deletion one OrderDeleted, each with the order's version.
module "relay" {
  source                   = "../modules/function"
  name                     = local.functions.relay.name
  code                     = local.code.relay
  invocation               = { mode = local.functions.relay.invocation }
  kms                      = { key_arn = var.kms_key_arn }
  permissions_boundary_arn = var.permissions_boundary_arn
  sizing                   = local.functions.relay.sizing
  tags                     = local.functions.relay.tags

  environment = local.functions.relay.environment

  # A record is retried until it is 12 hours old, then stored in full in the bucket. The stream keeps records for 24 hours.
  stream_sources = {
    orders = {
      stream_arn                 = module.orders.stream_arn
      failure_bucket_arn         = module.failures.bucket_arn
      maximum_record_age_seconds = 43200
      parallelization_factor     = local.functions.relay.sizing.parallelization_factor
      enabled                    = local.relay_can_publish
    }
  }

  permissions = local.functions.relay.permissions

  observability = local.observability
}

# Records that the relay could not publish: those that failed after all retries, and envelopes of those that it quarantined.
module "failures" {
  source      = "../modules/bucket"
  name        = local.functions.relay.failure_bucket
  kms_key_arn = var.kms_key_arn
  deletable   = !var.deletion_protection

  expirations = { failures = { days = 90 } }
}
