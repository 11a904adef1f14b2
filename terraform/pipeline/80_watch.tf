# The modules' alarms notify this topic but page nobody. The alarm that pages is in 82_page.tf.
locals {
  observability = {
    log_retention_days = var.retention.log_days
    alarm_topic_arn    = module.alarms.topic_arn
    # Lambda's lines about successful invocations (start, report) would be a quarter of all logs, and repeat the metrics.
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    system_log_level = "WARN"
  }
}

module "alarms" {
  source       = "../modules/topic"
  name         = "${local.prefix}-alarms"
  audience     = "people"
  display_name = "Alarms"
  kms_key_arn  = var.kms_key_arn

  publishers = {
    alarms = {
      service    = "cloudwatch.amazonaws.com"
      source_arn = "arn:${local.partition}:cloudwatch:${local.region_and_account}:alarm:${local.prefix}-*"
    }
  }
}

module "alarm_subscriptions" {
  source        = "../modules/subscriptions"
  name          = "${local.prefix}-alarms"
  topic         = module.alarms.topic
  subscriptions = var.notification_destinations
  kms_key_arn   = var.kms_key_arn
}
