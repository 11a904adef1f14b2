data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  partition  = data.aws_partition.this.partition
  region     = data.aws_region.this.id
  account_id = data.aws_caller_identity.this.account_id

  # The encryption context, which names the resource, limits each service. Conditions on the source ARN or account would fail: EventBridge sends neither for an encrypted topic.
  data_key_permissions = {
    EventBridgeBuses = {
      service = "events.amazonaws.com"
      context = { "aws:events:event-bus:arn" = "arn:${local.partition}:events:${local.region}:${local.account_id}:event-bus/${var.name}-*" }
    }
    EventBridgeToTopics = {
      service = "events.amazonaws.com"
      context = { "aws:sns:topicArn" = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${var.name}-*" }
    }
    EventBridgeToQueues = {
      service = "events.amazonaws.com"
      context = { "aws:sqs:arn" = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.name}-*" }
    }
    TopicsToQueues = {
      service = "sns.amazonaws.com"
      context = { "aws:sqs:arn" = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${var.name}-*" }
    }
    AlarmsToTopics = {
      service = "cloudwatch.amazonaws.com"
      context = { "aws:sns:topicArn" = "arn:${local.partition}:sns:${local.region}:${local.account_id}:${var.name}-*" }
    }
    Schedules = {
      service = "scheduler.amazonaws.com"
      context = { "aws:scheduler:schedule:arn" = "arn:${local.partition}:scheduler:${local.region}:${local.account_id}:schedule/*/${var.name}-*" }
    }
  }

  policy = jsonencode({ Version = "2012-10-17", Statement = concat(
    [
      {
        Sid       = "AccountThroughIam"
        Effect    = "Allow"
        Principal = { AWS = ["arn:${local.partition}:iam::${local.account_id}:root"] }
        Action    = ["kms:*"]
        Resource  = ["*"]
      },
      {
        Sid       = "LogGroups"
        Effect    = "Allow"
        Principal = { Service = ["logs.${local.region}.amazonaws.com"] }
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = ["*"]
        Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = [
          "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:/aws/*/${var.name}-*",
          # SNS chooses the names of the log groups for its delivery logs.
          "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:sns/${local.region}/${local.account_id}/${var.name}-*",
          "arn:${local.partition}:logs:${local.region}:${local.account_id}:log-group:sns/${local.region}/${local.account_id}/app/*/${var.name}-*",
        ] } }
      },
      {
        # DescribeKey has no encryption context; EventBridge calls it when the key is assigned to a bus.
        Sid       = "EventBridgeDescribeKey"
        Effect    = "Allow"
        Principal = { Service = ["events.amazonaws.com"] }
        Action    = ["kms:DescribeKey"]
        Resource  = ["*"]
        Condition = { StringEqualsIfExists = { "aws:SourceAccount" = [local.account_id] } }
      },
    ],
    [for sid, permission in local.data_key_permissions : {
      Sid       = sid
      Effect    = "Allow"
      Principal = { Service = [permission.service] }
      Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
      Resource  = ["*"]
      Condition = { ArnLike = { for key, pattern in permission.context : "kms:EncryptionContext:${key}" => [pattern] } }
    }],
  ) })
}
