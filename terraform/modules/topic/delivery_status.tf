locals {
  logged_protocols = flatten([for status in var.delivery_status[*] : tolist(status.protocols)])

  delivery_status = { for protocol in ["application", "firehose", "http", "lambda", "sqs"] : protocol => {
    role_arn          = contains(local.logged_protocols, protocol) ? one(aws_iam_role.delivery_status[*].arn) : null
    sample_percentage = contains(local.logged_protocols, protocol) ? var.delivery_status.success_sample_percentage : null
  } }

  # SNS writes to log groups with these names, and would create them without a key and without a retention period.
  log_group_names = { for key, suffix in { success = "", failure = "/Failure" } : key => "sns/${local.region}/${local.account_id}/${var.name}${suffix}" if var.delivery_status != null }
}

resource "aws_cloudwatch_log_group" "delivery_status" {
  #checkov:skip=CKV_AWS_338:Delivery logs are operational data, not records; each environment sets how long they are kept.
  for_each = local.log_group_names

  name              = each.value
  tags              = var.tags
  retention_in_days = var.delivery_status.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_iam_role" "delivery_status" {
  count = var.delivery_status == null ? 0 : 1

  name                 = "${var.name}-delivery-status"
  tags                 = var.tags
  description          = "Lets SNS log the deliveries of ${var.name}"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "ThisTopic"
    Effect    = "Allow"
    Principal = { Service = ["sns.amazonaws.com"] }
    Action    = ["sts:AssumeRole"]
    Condition = { ArnEquals = { "aws:SourceArn" = [local.topic_arn] }, StringEquals = { "aws:SourceAccount" = [local.account_id] } }
  }] })

  lifecycle {
    precondition {
      condition     = length(var.name) <= 48
      error_message = "name must have at most 48 characters if delivery_status is set, so that `<name>-delivery-status` fits the 64 characters of a role name."
    }
  }
}

resource "aws_iam_role_policy" "delivery_status" {
  count = var.delivery_status == null ? 0 : 1

  name = "log-deliveries"
  role = aws_iam_role.delivery_status[0].name

  # SNS calls CreateLogGroup even if the group exists.
  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid    = "WriteDeliveries"
    Effect = "Allow"
    Action = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = flatten([for suffix in ["", "/Failure"] : [for end in ["", ":*"] :
      "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:sns/${local.region}/${local.account_id}/${var.name}${suffix}${end}"
    ]])
  }] })
}
