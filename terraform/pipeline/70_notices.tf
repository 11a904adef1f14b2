# The topic for short notices without addresses or amounts: the only order data to which people may subscribe, by email, SMS or push.
module "notices" {
  source                   = "../modules/topic"
  name                     = "${local.prefix}-notices"
  audience                 = "people"
  display_name             = "Orders"
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn

  delivery_status = { protocols = ["sqs", "lambda", "http", "application"], log_retention_days = var.retention.log_days }
}

module "notice_subscriptions" {
  source                   = "../modules/subscriptions"
  name                     = "${local.prefix}-notices"
  topic                    = module.notices.topic
  subscriptions            = var.notice_subscriptions
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn
}
