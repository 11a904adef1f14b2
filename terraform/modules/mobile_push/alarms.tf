module "alarms" {
  source    = "../alarms"
  topic_arn = var.alarm_topic_arn
  tags      = var.tags

  alarms = {
    "${var.name}-push-failed" = {
      description = "SNS could not deliver a message through the platform application ${var.name}, for example because a device is no longer registered or the credential was revoked. See the log group ${local.log_group_name}."
      kind        = "mobile_push-push-failed"
      namespace   = "AWS/SNS"
      metric_name = "NumberOfNotificationsFailed"
      dimensions  = { Application = var.name, Platform = local.platform }
      period      = 300
    }
  }
}
