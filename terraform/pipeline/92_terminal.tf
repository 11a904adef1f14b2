# What `orderflow` needs in an account: a rule for `orderflow tail`, disabled while unused, and a role that may
# read only what the commands show.
module "tap_rule" {
  source        = "../modules/event_rule"
  name          = "${local.prefix}-tap-bus"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode({ source = [{ prefix = "" }] })
  enabled       = false

  targets = { log = { log_group = { log_group_arn = aws_cloudwatch_log_group.tap.arn } } }

  kms_key_arn     = var.kms_key_arn
  alarm_topic_arn = module.alarms.topic_arn
}

resource "aws_cloudwatch_log_group" "tap" {
  #checkov:skip=CKV_AWS_338:the archive has the events; this group only feeds `orderflow tail`, and contains customers' data
  name              = "/aws/events/${local.prefix}-tap-bus"
  retention_in_days = 1
  kms_key_id        = var.kms_key_arn
}

# `orderflow tail` disables the rule at its end. In case that failed, this schedule disables the rule every hour; a running command enables the rule again.
module "tap_schedule" {
  source                   = "../modules/schedule"
  name                     = "${local.prefix}-tap-off"
  expression               = "rate(1 hour)"
  target                   = { rule_to_disable = { name = module.tap_rule.rule_name, bus_name = module.bus.bus_name, arn = module.tap_rule.rule_arn } }
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn
}

locals {
  arn_prefixes    = { for service in ["events", "lambda", "logs", "sqs", "ssm"] : service => "arn:${local.partition}:${service}:${local.region_and_account}" }
  failure_buckets = [for function in values(local.all_functions) : function.failure_bucket if function.failure_bucket != null]
}

# The role is for identities of this account whose own policy (a permission set or a team's role) allows assuming the role.
resource "aws_iam_role" "reader" {
  #checkov:skip=CKV_AWS_61:it trusts only its own account, whose policies decide which of its roles may assume it
  name                 = "${local.prefix}-reader"
  description          = "Reads what orderflow shows about ${local.prefix}; changes nothing"
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "ThisAccount"
    Effect    = "Allow"
    Principal = { AWS = ["arn:${local.partition}:iam::${local.account_id}:root"] }
    Action    = ["sts:AssumeRole"]
  }] })
}

resource "aws_iam_role_policy" "reader" {
  name = "read"
  role = aws_iam_role.reader.name

  policy = jsonencode({ Version = "2012-10-17", Statement = [
    {
      Sid      = "Parameters"
      Effect   = "Allow"
      Action   = ["ssm:GetParameter", "ssm:GetParametersByPath"]
      Resource = ["${local.arn_prefixes.ssm}:parameter/${var.project}/${var.environment}/*"]
    },
    {
      # All these actions but DescribeAlarms work only with the resource `*`; DescribeAlarms returns composite alarms only with it.
      Sid    = "ListResources"
      Effect = "Allow"
      Action = [
        "lambda:ListFunctions", "lambda:ListEventSourceMappings", "events:ListRules", "sns:GetSubscriptionAttributes", "cloudwatch:GetMetricStatistics",
        "cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "cloudwatch:DescribeAlarms",
      ]
      Resource = ["*"]
    },
    {
      Sid      = "Versions"
      Effect   = "Allow"
      Action   = ["lambda:GetAlias", "lambda:ListVersionsByFunction"]
      Resource = ["${local.arn_prefixes.lambda}:function:${local.prefix}-*"]
    },
    { Sid = "Apis", Effect = "Allow", Action = ["apigateway:GET"], Resource = ["arn:${local.partition}:apigateway:${data.aws_region.this.id}::/apis"] },
    {
      Sid      = "Rules"
      Effect   = "Allow"
      Action   = ["events:ListTargetsByRule", "events:DescribeRule", "events:DescribeArchive"]
      Resource = ["${local.arn_prefixes.events}:rule/*", "${local.arn_prefixes.events}:archive/${local.prefix}-*"]
    },
    { Sid = "Topics", Effect = "Allow", Action = ["sns:ListSubscriptionsByTopic"], Resource = [module.topic.topic_arn, module.notices.topic_arn] },
    { Sid = "Queues", Effect = "Allow", Action = ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"], Resource = ["${local.arn_prefixes.sqs}:${local.prefix}-*"] },
    {
      # Reading hides messages for half a minute and removes none. No function reads these queues.
      Sid      = "DeadLetterMessages"
      Effect   = "Allow"
      Action   = ["sqs:ReceiveMessage"]
      Resource = ["${local.arn_prefixes.sqs}:${local.prefix}-*-dlq", local.queues.unrouted.arn]
    },
    {
      Sid      = "DeadLetterBuckets"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = [for bucket in local.failure_buckets : "arn:${local.partition}:s3:::${bucket}"]
    },
    {
      Sid      = "DeadLetterObjects"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = [for bucket in local.failure_buckets : "arn:${local.partition}:s3:::${bucket}/*"]
    },
    { Sid = "Orders", Effect = "Allow", Action = ["dynamodb:GetItem", "dynamodb:Scan", "dynamodb:DescribeTable"], Resource = [module.orders.table_arn] },
    {
      Sid      = "Logs"
      Effect   = "Allow"
      Action   = ["logs:FilterLogEvents"]
      Resource = ["${local.arn_prefixes.logs}:log-group:/aws/lambda/${local.prefix}-*", aws_cloudwatch_log_group.tap.arn]
    },
    {
      Sid       = "Decrypt"
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = [var.kms_key_arn]
      Condition = { StringEquals = { "kms:ViaService" = [for service in ["dynamodb", "s3", "sqs"] : "${service}.${data.aws_region.this.id}.amazonaws.com"] } }
    },
  ] })
}
