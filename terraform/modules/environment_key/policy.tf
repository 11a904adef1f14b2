data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  partition = data.aws_partition.this.partition
  region    = data.aws_region.this.name
  account   = data.aws_caller_identity.this.account_id

  # What a service may encrypt with the key is told by the encryption context it sends, which names the resource. Source ARN
  # and source account are not sent by every service (EventBridge to an encrypted topic does not), so they cannot be used.
  data_key_users = {
    EventBridgeBuses = {
      service = "events.amazonaws.com"
      context = { "aws:events:event-bus:arn" = "arn:${local.partition}:events:${local.region}:${local.account}:event-bus/${var.name}-*" }
    }
    EventBridgeToTopics = {
      service = "events.amazonaws.com"
      context = { "aws:sns:topicArn" = "arn:${local.partition}:sns:${local.region}:${local.account}:${var.name}-*" }
    }
    EventBridgeToQueues = {
      service = "events.amazonaws.com"
      context = { "aws:sqs:arn" = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}-*" }
    }
    TopicsToQueues = {
      service = "sns.amazonaws.com"
      context = { "aws:sqs:arn" = "arn:${local.partition}:sqs:${local.region}:${local.account}:${var.name}-*" }
    }
    AlarmsToTopics = {
      service = "cloudwatch.amazonaws.com"
      context = { "aws:sns:topicArn" = "arn:${local.partition}:sns:${local.region}:${local.account}:${var.name}-*" }
    }
    Schedules = {
      service = "scheduler.amazonaws.com"
      context = { "aws:scheduler:schedule:arn" = "arn:${local.partition}:scheduler:${local.region}:${local.account}:schedule/*/${var.name}-*" }
    }
  }
}

module "policy" {
  source = "../policy_document"

  statements = concat(
    [
      {
        sid        = "AccountThroughIam"
        principals = { AWS = ["arn:${local.partition}:iam::${local.account}:root"] }
        actions    = ["kms:*"]
        resources  = ["*"]
      },
      {
        sid        = "LogGroups"
        principals = { Service = ["logs.${local.region}.amazonaws.com"] }
        actions    = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
        resources  = ["*"]
        conditions = [{
          test     = "ArnLike"
          variable = "kms:EncryptionContext:aws:logs:arn"
          values = [
            "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/*/${var.name}-*",
            # SNS names the groups of its delivery logs itself.
            "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:sns/${local.region}/${local.account}/${var.name}-*",
          ]
        }]
      },
      {
        # DescribeKey carries no encryption context; EventBridge asks it when a bus is given the key.
        sid        = "EventBridgeChecksTheKey"
        principals = { Service = ["events.amazonaws.com"] }
        actions    = ["kms:DescribeKey"]
        resources  = ["*"]
        conditions = [{ test = "StringEqualsIfExists", variable = "aws:SourceAccount", values = [local.account] }]
      },
    ],
    [
      for sid, user in local.data_key_users : {
        sid        = sid
        principals = { Service = [user.service] }
        actions    = ["kms:Decrypt", "kms:GenerateDataKey*"]
        resources  = ["*"]
        conditions = [
          for key, pattern in user.context : { test = "ArnLike", variable = "kms:EncryptionContext:${key}", values = [pattern] }
        ]
      }
    ],
  )
}
