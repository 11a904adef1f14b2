locals {
  # SNS writes to a log group with this name, and would create it without a key and without a retention period.
  log_group_name = "sns/${local.region}/${local.account_id}/app/${local.platform}/${var.name}/Failure"
}

resource "aws_cloudwatch_log_group" "delivery_status" {
  #checkov:skip=CKV_AWS_338:Delivery logs are operational data, not records; each environment sets how long they are kept.
  name              = local.log_group_name
  tags              = var.tags
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "delivery_status" {
  name        = "${var.name}-delivery-status"
  tags        = var.tags
  description = "Lets SNS log the failed deliveries of ${var.name}"

  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "ThisApplication"
    Effect    = "Allow"
    Principal = { Service = ["sns.amazonaws.com"] }
    Action    = ["sts:AssumeRole"]
    Condition = { ArnEquals = { "aws:SourceArn" = [local.application_arn] }, StringEquals = { "aws:SourceAccount" = [local.account_id] } }
  }] })
}

resource "aws_iam_role_policy" "delivery_status" {
  name = "log-deliveries"
  role = aws_iam_role.delivery_status.name

  # SNS calls CreateLogGroup even if the group exists.
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid      = "WriteDeliveries"
    Effect   = "Allow"
    Action   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = [for end in ["", ":*"] : "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:${local.log_group_name}${end}"]
  }] })
}
