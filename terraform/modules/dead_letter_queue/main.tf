data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  name = "${var.name}-dlq${var.fifo ? ".fifo" : ""}"
  arn  = "arn:${data.aws_partition.this.partition}:sqs:${data.aws_region.this.id}:${data.aws_caller_identity.this.account_id}:${local.name}"
}

# The queue and its policies are created in one call, because each further call would take half a minute.
resource "aws_sqs_queue" "this" {
  name                      = local.name
  fifo_queue                = var.fifo
  message_retention_seconds = 1209600
  kms_master_key_id         = var.kms_key_arn
  sqs_managed_sse_enabled   = var.kms_key_arn == null ? true : null
  tags                      = var.tags

  policy = jsonencode({ Version = "2012-10-17", Statement = concat(
    [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = { AWS = ["*"] }
      Action    = ["sqs:*"]
      Resource  = [local.arn]
      Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
    }],
    [for sender in var.sender[*] : {
      Sid       = "AllowSender"
      Effect    = "Allow"
      Principal = { Service = [sender.service] }
      Action    = ["sqs:SendMessage"]
      Resource  = [local.arn]
      Condition = { ArnEquals = { "aws:SourceArn" = sender.source_arns } }
    }],
  ) })

  # The queues that may use this one as their dead-letter queue: those in `source_queue_arns`, or none.
  redrive_allow_policy = jsonencode(merge(
    { redrivePermission = length(var.source_queue_arns) > 0 ? "byQueue" : "denyAll" },
    { for arns in [var.source_queue_arns] : "sourceQueueArns" => arns if length(arns) > 0 },
  ))

  lifecycle {
    precondition {
      condition     = length(local.name) <= 80
      error_message = "The name of the dead-letter queue must be at most 80 characters; got '${local.name}'. Shorten `name`."
    }
  }
}

module "alarm" {
  source    = "../alarms"
  topic_arn = var.alarm.topic_arn
  tags      = var.tags
  alarms = {
    "${local.name}-not-empty" = {
      description = "${var.alarm.description} Inspect the messages in ${local.name}, fix the cause, then redrive them."
      kind        = var.alarm.kind
      namespace   = "AWS/SQS"
      metric_name = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = local.name }
      statistic   = "Maximum"
    }
  }
}
