data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id

  platform        = { firebase = "GCM", apple = "APNS", apple_sandbox = "APNS_SANDBOX" }[var.platform]
  application_arn = "arn:${local.partition}:sns:${local.region}:${local.account_id}:app/${local.platform}/${var.name}"
}

resource "aws_sns_platform_application" "this" {
  name                     = var.name
  platform                 = local.platform
  platform_credential      = var.credential
  platform_principal       = one(var.apple[*].key_id)
  apple_platform_team_id   = one(var.apple[*].team_id)
  apple_platform_bundle_id = one(var.apple[*].bundle_id)

  failure_feedback_role_arn = aws_iam_role.delivery_status.arn

  event_endpoint_created_topic_arn = var.events_topic_arn
  event_endpoint_updated_topic_arn = var.events_topic_arn
  event_endpoint_deleted_topic_arn = var.events_topic_arn
  event_delivery_failure_topic_arn = var.events_topic_arn

  depends_on = [aws_cloudwatch_log_group.delivery_status, aws_iam_role_policy.delivery_status]
}
