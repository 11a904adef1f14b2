# Stream to topic: every change of an order becomes one OrderChanged, in order per order.
module "relay" {
  source = "../modules/function"

  name        = "${local.prefix}-relay"
  function    = "relay"
  package     = "${var.packages_dir}/relay.zip"
  invocation  = "polled"
  kms_key_arn = module.key.key_arn
  sizing      = local.sizing.relay

  environment = merge(local.common_environment, {
    TOPIC_ARN = module.topic.topic_arn
  })

  # Retried until the record is 12 hours old, then kept whole in the bucket. The stream itself forgets after 24 hours.
  stream_sources = {
    orders = {
      stream_arn                 = module.orders.stream_arn
      failure_bucket_arn         = module.failures.bucket_arn
      maximum_record_age_seconds = 43200
      parallelization_factor     = local.sizing.relay.parallelization_factor
      enabled                    = local.changes_can_be_told
    }
  }

  permissions = {
    publish_changes = { actions = ["sns:Publish"], resources = [module.topic.topic_arn] }
  }

  log_retention_days = var.retention.log_days
  alarm_topic_arn    = module.alarms.topic_arn
}

# What the relay could not pass on: records that Lambda gave up on, and envelopes of those that the relay refused.
module "failures" {
  source = "../modules/bucket"

  name        = "${local.prefix}-stream-failures-${local.account_id}"
  kms_key_arn = module.key.key_arn
  deletable   = !var.deletion_protection

  expirations = {
    failures = { days = 90 }
  }
}
