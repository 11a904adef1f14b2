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

  name               = "${var.name}-${each.key}"
  description        = "Lets SNS write the messages of ${var.name} to the delivery stream of ${each.key}"
  assume_role_policy = module.trust_policy.json
}

module "trust_policy" {
  source = "../policy_document"

  statements = [{
    sid        = "ThisTopic"
    principals = { Service = ["sns.amazonaws.com"] }
    actions    = ["sts:AssumeRole"]
    conditions = [
      { test = "ArnEquals", variable = "aws:SourceArn", values = [var.topic.arn] },
      { test = "StringEquals", variable = "aws:SourceAccount", values = [local.account] },
    ]
  }]
}

resource "aws_iam_role_policy" "firehose" {
  for_each = local.delivery_streams

  name   = "deliver"
  role   = aws_iam_role.firehose[each.key].name
  policy = module.firehose_policy[each.key].json
}

module "firehose_policy" {
  source   = "../policy_document"
  for_each = local.delivery_streams

  statements = [{
    sid       = "WriteToStream"
    actions   = ["firehose:DescribeDeliveryStream", "firehose:ListTagsForDeliveryStream", "firehose:PutRecord", "firehose:PutRecordBatch"]
    resources = [each.value]
  }]
}
