locals {
  # SNS writes to a group of this name and would create it itself, without a key and for ever.
  log_group_name = "sns/${local.region}/${local.account}/app/${local.platform}/${var.name}/Failure"
}

resource "aws_cloudwatch_log_group" "delivery_status" {
  #checkov:skip=CKV_AWS_338:Delivery logs are for operation and hold no records to keep; how long they stay is a value of each environment.
  name              = local.log_group_name
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "delivery_status" {
  name               = "${var.name}-delivery-status"
  description        = "Lets SNS log the failed deliveries of ${var.name}"
  assume_role_policy = module.delivery_status_trust.json
}

module "delivery_status_trust" {
  source = "../policy_document"

  statements = [{
    sid        = "ThisApplication"
    principals = { Service = ["sns.amazonaws.com"] }
    actions    = ["sts:AssumeRole"]
    conditions = [
      { test = "ArnEquals", variable = "aws:SourceArn", values = [local.application_arn] },
      { test = "StringEquals", variable = "aws:SourceAccount", values = [local.account] },
    ]
  }]
}

resource "aws_iam_role_policy" "delivery_status" {
  name   = "log-deliveries"
  role   = aws_iam_role.delivery_status.name
  policy = module.delivery_status_permissions.json
}

module "delivery_status_permissions" {
  source = "../policy_document"

  # SNS asks to create the group even where it exists.
  statements = [{
    sid       = "WriteDeliveries"
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    resources = [for end in ["", ":*"] : "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:${local.log_group_name}${end}"]
  }]
}
