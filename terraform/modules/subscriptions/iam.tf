locals {
  functions        = { for key, subscription in var.subscriptions : key => subscription.endpoint if subscription.protocol == "lambda" }
  delivery_streams = { for key, subscription in var.subscriptions : key => subscription.endpoint if subscription.protocol == "firehose" }
}

resource "aws_lambda_permission" "this" {
  for_each = local.functions

  statement_id  = "${var.name}-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = replace(each.value, "/^((?:[^:]+:){6}[^:]+):.*$/", "$1")
  qualifier     = length(split(":", each.value)) == 8 ? element(split(":", each.value), 7) : null
  principal     = "sns.amazonaws.com"
  source_arn    = var.topic.arn
}

resource "aws_iam_role" "firehose" {
  for_each = local.delivery_streams

  name                 = "${var.name}-${each.key}"
  tags                 = var.tags
  description          = "Lets SNS deliver the messages of the subscription ${each.key} to its delivery stream"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "ThisTopic"
    Effect    = "Allow"
    Principal = { Service = ["sns.amazonaws.com"] }
    Action    = ["sts:AssumeRole"]
    Condition = { ArnEquals = { "aws:SourceArn" = [var.topic.arn] }, StringEquals = { "aws:SourceAccount" = [local.account_id] } }
  }] })
}

resource "aws_iam_role_policy" "firehose" {
  for_each = local.delivery_streams

  name = "deliver"
  role = aws_iam_role.firehose[each.key].name

  policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid      = "WriteToStream"
    Effect   = "Allow"
    Action   = ["firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream", "firehose:PutRecord", "firehose:PutRecordBatch"]
    Resource = [each.value]
  }] })
}
