locals {
  logged_protocols = flatten([for status in var.delivery_status[*] : tolist(status.protocols)])

  delivery_status = { for protocol in ["application", "firehose", "http", "lambda", "sqs"] : protocol => {
    role_arn          = contains(local.logged_protocols, protocol) ? one(aws_iam_role.delivery_status[*].arn) : null
    sample_percentage = contains(local.logged_protocols, protocol) ? var.delivery_status.success_sample_percentage : null
  } }

  # SNS writes to groups of these names and would create them itself, without a key and for ever.
  log_group_names = { for key, suffix in { success = "", failure = "/Failure" } : key => "sns/${local.region}/${local.account}/${var.name}${suffix}" if var.delivery_status != null }
}

resource "aws_cloudwatch_log_group" "delivery_status" {
  #checkov:skip=CKV_AWS_338:Delivery logs are for operation and hold no records to keep; how long they stay is a value of each environment.
  for_each = local.log_group_names

  name              = each.value
  retention_in_days = var.delivery_status.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "delivery_status" {
  count = var.delivery_status == null ? 0 : 1

  name               = "${var.name}-delivery-status"
  description        = "Lets SNS log the deliveries of ${var.name}"
  assume_role_policy = module.delivery_status_trust.json
}

module "delivery_status_trust" {
  source = "../policy_document"

  statements = [{
    sid        = "ThisTopic"
    principals = { Service = ["sns.amazonaws.com"] }
    actions    = ["sts:AssumeRole"]
    conditions = [
      { test = "ArnEquals", variable = "aws:SourceArn", values = [local.topic_arn] },
      { test = "StringEquals", variable = "aws:SourceAccount", values = [local.account] },
    ]
  }]
}

resource "aws_iam_role_policy" "delivery_status" {
  count = var.delivery_status == null ? 0 : 1

  name   = "log-deliveries"
  role   = aws_iam_role.delivery_status[0].name
  policy = module.delivery_status_permissions.json
}

module "delivery_status_permissions" {
  source = "../policy_document"

  # SNS asks to create the groups even where they exist.
  statements = [{
    sid     = "WriteDeliveries"
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    resources = flatten([for suffix in ["", "/Failure"] : [for end in ["", ":*"] :
      "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:sns/${local.region}/${local.account}/${var.name}${suffix}${end}"
    ]])
  }]
}
