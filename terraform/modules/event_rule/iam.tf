# Lambda, SQS, SNS and CloudWatch Logs grant EventBridge access by resource policy; each other target has a role with access to it alone.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
locals {
  role_statements = merge(
    { for key, stream in local.kinesis_streams : key => concat(
      [{ Sid = "WriteToStream", Effect = "Allow", Action = ["kinesis:PutRecord"], Resource = [stream.stream_arn] }],
      [for key_arn in stream.kms_key_arn[*] : {
        Sid       = "EncryptForStream"
        Effect    = "Allow"
        Action    = ["kms:GenerateDataKey"]
        Resource  = [key_arn]
        Condition = { StringEquals = { "kms:ViaService" = ["kinesis.${local.region}.amazonaws.com"] } }
      }],
    ) },
    { for key, stream in local.firehose_streams : key => [
      { Sid = "WriteToStream", Effect = "Allow", Action = ["firehose:PutRecord", "firehose:PutRecordBatch"], Resource = [stream.stream_arn] },
    ] },
    { for key, destination in aws_cloudwatch_event_api_destination.this : key => [
      { Sid = "CallDestination", Effect = "Allow", Action = ["events:InvokeApiDestination"], Resource = [destination.arn] },
    ] },
    { for key, bus in local.buses : key => [
      { Sid = "ForwardToBus", Effect = "Allow", Action = ["events:PutEvents"], Resource = [bus.bus_arn] },
    ] },
    { for key, machine in local.state_machines : key => [
      { Sid = "StartExecution", Effect = "Allow", Action = ["states:StartExecution"], Resource = [machine.state_machine_arn] },
    ] },
  )

  targets_with_role = setunion(keys(local.kinesis_streams), keys(local.firehose_streams), keys(local.api_destinations), keys(local.buses), keys(local.state_machines))
}

resource "aws_iam_role" "target" {
  for_each = local.targets_with_role

  name                 = "${var.name}-${each.key}"
  description          = "Lets the rule ${var.name} invoke its target ${each.key}"
  tags                 = var.tags
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "ThisRule"
    Effect    = "Allow"
    Principal = { Service = ["events.amazonaws.com"] }
    Action    = ["sts:AssumeRole"]
    Condition = {
      ArnEquals    = { "aws:SourceArn" = concat([local.rule_arn], compact([lookup(local.redrive_rule_arns, each.key, null)])) }
      StringEquals = { "aws:SourceAccount" = [local.account_id] }
    }
  }] })
}

resource "aws_iam_role_policy" "target" {
  for_each = local.targets_with_role

  name   = "invoke"
  role   = aws_iam_role.target[each.key].name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.role_statements[each.key] })
}

# The permission has no source_account: EventBridge sends none to a function, so the permission would never match. The rule's ARN
# contains the account. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-troubleshooting.html
resource "aws_lambda_permission" "this" {
  for_each = local.lambdas

  statement_id  = "${replace(var.name, ".", "-")}-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = replace(each.value.function_arn, "/^((?:[^:]+:){6}[^:]+):.*$/", "$1")
  qualifier     = length(split(":", each.value.function_arn)) == 8 ? element(split(":", each.value.function_arn), 7) : null
  principal     = "events.amazonaws.com"
  source_arn    = local.rule_arn
}

# AWS allows ten CloudWatch Logs policies per Region, so a rule has one for all its log groups. The call that creates the log stream has no source ARN;
# the call that writes the event has one.
resource "aws_cloudwatch_log_resource_policy" "this" {
  count = length(local.log_groups) > 0 ? 1 : 0

  policy_name = var.name

  policy_document = jsonencode({ Version = "2012-10-17", Statement = [
    {
      Sid       = "CreateStream"
      Effect    = "Allow"
      Principal = { Service = ["delivery.logs.amazonaws.com", "events.amazonaws.com"] }
      Action    = ["logs:CreateLogStream"]
      Resource  = [for key in keys(local.log_groups) : "${local.target_arns[key]}:*"]
    },
    {
      Sid       = "WriteEvents"
      Effect    = "Allow"
      Principal = { Service = ["delivery.logs.amazonaws.com", "events.amazonaws.com"] }
      Action    = ["logs:PutLogEvents"]
      Resource  = [for key in keys(local.log_groups) : "${local.target_arns[key]}:*:*"]
      Condition = { ArnEquals = { "aws:SourceArn" = [local.rule_arn] } }
    },
  ] })
}
