data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id

  # The ARN is built from the name, so that the topic is created together with its policy, which contains this ARN.
  topic_arn = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${var.name}"
}

resource "aws_sns_topic" "this" {
  name              = var.name
  tags              = var.tags
  display_name      = var.display_name
  kms_master_key_id = var.kms_key_arn
  policy            = local.policy
  signature_version = 2
  tracing_config    = var.tracing

  application_failure_feedback_role_arn    = local.delivery_status["application"].role_arn
  application_success_feedback_role_arn    = local.delivery_status["application"].role_arn
  application_success_feedback_sample_rate = local.delivery_status["application"].sample_percentage
  firehose_failure_feedback_role_arn       = local.delivery_status["firehose"].role_arn
  firehose_success_feedback_role_arn       = local.delivery_status["firehose"].role_arn
  firehose_success_feedback_sample_rate    = local.delivery_status["firehose"].sample_percentage
  http_failure_feedback_role_arn           = local.delivery_status["http"].role_arn
  http_success_feedback_role_arn           = local.delivery_status["http"].role_arn
  http_success_feedback_sample_rate        = local.delivery_status["http"].sample_percentage
  lambda_failure_feedback_role_arn         = local.delivery_status["lambda"].role_arn
  lambda_success_feedback_role_arn         = local.delivery_status["lambda"].role_arn
  lambda_success_feedback_sample_rate      = local.delivery_status["lambda"].sample_percentage
  sqs_failure_feedback_role_arn            = local.delivery_status["sqs"].role_arn
  sqs_success_feedback_role_arn            = local.delivery_status["sqs"].role_arn
  sqs_success_feedback_sample_rate         = local.delivery_status["sqs"].sample_percentage

  depends_on = [aws_cloudwatch_log_group.delivery_status, aws_iam_role_policy.delivery_status, aws_xray_resource_policy.this]
}

# https://docs.aws.amazon.com/sns/latest/dg/sns-active-tracing.html
resource "aws_xray_resource_policy" "this" {
  count = var.tracing == "Active" ? 1 : 0

  policy_name = var.name

  policy_document = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "TopicTraces"
    Effect    = "Allow"
    Principal = { Service = ["sns.amazonaws.com"] }
    Action    = ["xray:GetSamplingRules", "xray:GetSamplingTargets", "xray:PutTraceSegments"]
    Resource  = ["*"]
    Condition = { ArnEquals = { "aws:SourceArn" = [local.topic_arn] }, StringEquals = { "aws:SourceAccount" = [local.account_id] } }
  }] })
}
