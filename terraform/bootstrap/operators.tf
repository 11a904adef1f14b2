# The role for people on call. The role may redrive, replay, pause and roll back, and may read what the studio and `orderflow status`
# read. The only resources that it may create are replays, and it may delete only messages and failed records.
locals {
  operator_statements = {
    for environment in var.environments : environment => [
      {
        Sid    = "Read"
        Effect = "Allow"
        Action = [
          "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "events:DescribeArchive", "events:DescribeRule",
          "events:ListTargetsByRule", "lambda:GetFunctionConfiguration", "lambda:ListAliases", "lambda:ListVersionsByFunction",
          "logs:FilterLogEvents", "s3:GetObject", "s3:ListBucket", "sns:ListSubscriptionsByTopic", "sqs:GetQueueAttributes", "sqs:GetQueueUrl",
        ]
        Resource = flatten([for service in ["dynamodb", "events", "lambda", "logs", "s3", "sns", "sqs"] : local.owned_arns[environment][service]])
      },
      {
        Sid      = "ReadParameters"
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:GetParametersByPath"]
        Resource = ["arn:${local.partition}:ssm:${local.region_and_account}:parameter/${var.project}/${environment}/*"]
      },
      {
        # These actions work only with the resource `*`, and composite alarms are visible only with it.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
        Sid    = "ReadAllResources"
        Effect = "Allow"
        Action = [
          "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "events:ListRules",
          "lambda:ListEventSourceMappings", "lambda:ListFunctions", "sns:GetSubscriptionAttributes",
        ]
        Resource = ["*"]
      },
      {
        Sid    = "Redrive"
        Effect = "Allow"
        Action = [
          "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage", "lambda:InvokeFunction",
          "firehose:PutRecord", "s3:DeleteObject",
        ]
        Resource = flatten([local.owned_arns[environment].sqs, local.owned_arns[environment].lambda, local.owned_arns[environment].firehose,
        "arn:${local.partition}:s3:::${var.project}-${environment}-*failures-*/*"])
      },
      {
        # To redrive to one partner, operators publish the event with the source that only that partner's redrive rule matches (`redrive.*`).
        Sid       = "RedriveToPartners"
        Effect    = "Allow"
        Action    = ["events:PutEvents"]
        Resource  = local.bus_arns[environment]
        Condition = { StringLike = { "events:source" = ["redrive.*"] } }
      },
      {
        Sid      = "Replay"
        Effect   = "Allow"
        Action   = ["events:StartReplay", "events:DescribeReplay", "events:CancelReplay"]
        Resource = concat(local.owned_arns[environment].events, ["arn:${local.partition}:events:${local.region_and_account}:replay/*"])
      },
      {
        Sid       = "Pause"
        Effect    = "Allow"
        Action    = ["lambda:UpdateEventSourceMapping"]
        Resource  = ["arn:${local.partition}:lambda:${local.region_and_account}:event-source-mapping:*"]
        Condition = { ArnLike = { "lambda:FunctionArn" = local.owned_arns[environment].lambda } }
      },
      {
        Sid      = "RecordRollbacks"
        Effect   = "Allow"
        Action   = ["ssm:PutParameter"]
        Resource = ["arn:${local.partition}:ssm:${local.region_and_account}:parameter/${var.project}/${environment}/rollbacks"]
      },
      { Sid = "Rollback", Effect = "Allow", Action = ["lambda:GetAlias", "lambda:UpdateAlias"], Resource = local.owned_arns[environment].lambda },
      {
        Sid       = "UseKeyThroughServices"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource  = [module.key[environment].key_arn]
        Condition = { StringEquals = { "kms:ViaService" = [for service in ["dynamodb", "lambda", "s3", "sqs"] : "${service}.${var.region}.amazonaws.com"] } }
      },
      {
        Sid       = "ReadRules"
        Effect    = "Allow"
        Action    = ["kms:Decrypt"]
        Resource  = [module.key[environment].key_arn]
        Condition = { StringLike = { "kms:EncryptionContext:aws:events:event-bus:arn" = local.bus_arns[environment] } }
      },
    ]
  }
}

resource "aws_iam_role" "operators" {
  for_each = var.operators

  name                 = "${var.project}-${each.key}-operators"
  description          = "For people on call for ${each.key}: read, redrive, replay, pause, roll back"
  max_session_duration = 28800
  permissions_boundary = var.permissions_boundary_arn

  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [{
    Sid       = "PeopleOnCall"
    Effect    = "Allow"
    Principal = { AWS = each.value }
    Action    = "sts:AssumeRole"
  }] })
}

resource "aws_iam_role_policy" "operators" {
  for_each = var.operators

  name   = "operators"
  role   = aws_iam_role.operators[each.key].name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.operator_statements[each.key] })
}

# The filter matches costs only after `project` is activated as a cost allocation tag.
# https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create-filters.html
resource "aws_budgets_budget" "this" {
  for_each = { for budget in var.budget[*] : "monthly" => budget }

  name         = "${var.project}-${var.region}"
  budget_type  = "COST"
  limit_amount = tostring(each.value.dollars)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = ["user:project$${var.project}"]
  }

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }
    content {
      comparison_operator        = "GREATER_THAN"
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      notification_type          = notification.key
      subscriber_email_addresses = each.value.emails
    }
  }
}
