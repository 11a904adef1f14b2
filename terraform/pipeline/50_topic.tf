# The fan-out topic: complete orders, for systems only. Every subscriber is one entry, whether ours or another team's.
module "topic" {
  source                   = "../modules/topic"
  name                     = "${local.prefix}-order-changes"
  audience                 = "systems"
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn

  delivery_status = { protocols = ["sqs", "lambda", "http", "firehose"], log_retention_days = var.retention.log_days }
}
