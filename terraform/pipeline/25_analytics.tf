# Every event on the bus is stored for analytics, if an environment enables it: JSON lines in a bucket, by date and type.
# Readers of the bucket affect no other consumer, and need no permission on the bus, the table or the topic.
locals { analytics = { for settings in var.analytics[*] : "analytics" => settings } }

module "analytics_rule" {
  source   = "../modules/event_rule"
  for_each = local.analytics

  name     = "${local.prefix}-analytics"
  bus_name = module.bus.bus_name
  # The rule matches every event except those redriven to a partner, which the bucket already contains.
  event_pattern = jsonencode({ version = ["0"], source = [{ anything-but = { prefix = "redrive." } }] })

  targets = {
    events = {
      firehose = { stream_arn = module.analytics_stream["analytics"].stream_arn }
      retry    = { maximum_attempts = 185, maximum_age_seconds = 86400 }
    }
  }

  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn
}

module "analytics_stream" {
  source   = "../modules/delivery_stream"
  for_each = local.analytics

  name                     = "${local.prefix}-analytics"
  bucket_arn               = module.analytics_files["analytics"].bucket_arn
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  buffer                   = { megabytes = each.value.buffer_megabytes, seconds = each.value.buffer_seconds }

  # `date` is the day of the event, not of its delivery.
  partitions = [{ name = "date", query = ".time[0:10]" }, { name = "type", query = ".[\"detail-type\"]" }]

  log_retention_days = var.retention.log_days
  alarm_topic_arn    = module.alarms.topic_arn
}

# The bucket holds complete events, which contain addresses, and those that Firehose could not assign to a date and type. Objects are encrypted and private, and expire.
module "analytics_files" {
  source   = "../modules/bucket"
  for_each = local.analytics

  name        = "${local.prefix}-analytics-${local.account_id}"
  kms_key_arn = var.kms_key_arn
  deletable   = !var.deletion_protection

  expirations = { events = { days = each.value.retention_days } }
}
