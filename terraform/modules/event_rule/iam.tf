# Lambda, SQS, SNS and CloudWatch Logs are asked by resource policy, all other kinds through a role that may do one thing.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
locals {
  role_statements = merge(
    { for key, stream in local.kinesis_streams : key => concat(
      [{ sid = "WriteToStream", actions = ["kinesis:PutRecord"], resources = [stream.stream_arn], conditions = [] }],
      [for key_arn in stream.kms_key_arn[*] : {
        sid        = "EncryptForStream"
        actions    = ["kms:GenerateDataKey"]
        resources  = [key_arn]
        conditions = [{ test = "StringEquals", variable = "kms:ViaService", values = ["kinesis.${local.region}.amazonaws.com"] }]
      }],
    ) },
    { for key, stream in local.firehose_streams : key => [
      { sid = "WriteToStream", actions = ["firehose:PutRecord", "firehose:PutRecordBatch"], resources = [stream.stream_arn], conditions = [] },
    ] },
    { for key, destination in aws_cloudwatch_event_api_destination.this : key => [
      { sid = "CallDestination", actions = ["events:InvokeApiDestination"], resources = [destination.arn], conditions = [] },
    ] },
    { for key, bus in local.buses : key => [
      { sid = "ForwardToBus", actions = ["events:PutEvents"], resources = [bus.bus_arn], conditions = [] },
    ] },
    { for key, machine in local.state_machines : key => [
      { sid = "StartExecution", actions = ["states:StartExecution"], resources = [machine.state_machine_arn], conditions = [] },
    ] },
  )

  role_keys = setunion(keys(local.kinesis_streams), keys(local.firehose_streams), keys(local.api_destinations), keys(local.buses), keys(local.state_machines))
}

resource "aws_iam_role" "target" {
  for_each = local.role_keys

  name               = "${var.name}-${each.key}"
  description        = "Lets the rule ${var.name} invoke its target ${each.key}"
  assume_role_policy = module.trust_policy[each.key].json
}

module "trust_policy" {
  source   = "../policy_document"
  for_each = local.role_keys

  statements = [{
    sid        = "ThisRule"
    principals = { Service = ["events.amazonaws.com"] }
    actions    = ["sts:AssumeRole"]
    conditions = [
      { test = "ArnEquals", variable = "aws:SourceArn", values = concat([local.rule_arn], compact([lookup(local.redrive_arns, each.key, null)])) },
      { test = "StringEquals", variable = "aws:SourceAccount", values = [local.account] },
    ]
  }]
}

resource "aws_iam_role_policy" "target" {
  for_each = local.role_keys

  name   = "invoke"
  role   = aws_iam_role.target[each.key].name
  policy = module.role_policy[each.key].json
}

module "role_policy" {
  source     = "../policy_document"
  for_each   = local.role_keys
  statements = local.role_statements[each.key]
}

# No source_account: EventBridge sets none when it invokes a function, so that the permission would never match. The rule's ARN
# holds the account. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
resource "aws_lambda_permission" "this" {
  for_each = local.lambdas

  statement_id  = "${replace(var.name, ".", "-")}-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = replace(each.value.function_arn, "/^((?:[^:]+:){6}[^:]+):.*$/", "$1")
  qualifier     = length(split(":", each.value.function_arn)) == 8 ? element(split(":", each.value.function_arn), 7) : null
  principal     = "events.amazonaws.com"
  source_arn    = local.rule_arn
}

resource "aws_cloudwatch_log_resource_policy" "this" {
  for_each = local.log_groups

  policy_name     = "${var.name}-${each.key}"
  policy_document = module.log_group_policy[each.key].json
}

# The call that creates the stream carries no source ARN, the call that writes the event does.
module "log_group_policy" {
  source   = "../policy_document"
  for_each = local.log_groups

  statements = [
    {
      sid        = "CreateStream"
      principals = { Service = ["events.amazonaws.com", "delivery.logs.amazonaws.com"] }
      actions    = ["logs:CreateLogStream"]
      resources  = ["${local.target_arns[each.key]}:*"]
    },
    {
      sid        = "WriteEvents"
      principals = { Service = ["events.amazonaws.com", "delivery.logs.amazonaws.com"] }
      actions    = ["logs:PutLogEvents"]
      resources  = ["${local.target_arns[each.key]}:*:*"]
      conditions = [{ test = "ArnEquals", variable = "aws:SourceArn", values = [local.rule_arn] }]
    },
  ]
}
