data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  name = "${var.name}${var.fifo == null ? "" : ".fifo"}"

  # The ARN is built from the name, so that one call creates the queue with its policies: each further call takes half a minute.
  arn = "arn:${data.aws_partition.this.partition}:sqs:${data.aws_region.this.id}:${data.aws_caller_identity.this.account_id}:${local.name}"
}

resource "aws_sqs_queue" "this" {
  name                        = local.name
  fifo_queue                  = var.fifo != null
  content_based_deduplication = var.fifo == null ? false : var.fifo.content_based_deduplication
  visibility_timeout_seconds  = var.visibility_timeout_seconds
  message_retention_seconds   = var.retention_seconds
  receive_wait_time_seconds   = 20
  kms_master_key_id           = var.kms_key_arn
  tags                        = var.tags

  policy = jsonencode({ Version = "2012-10-17", Statement = concat(
    [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = { AWS = ["*"] }
      Action    = ["sqs:*"]
      Resource  = [local.arn]
      Condition = { Bool = { "aws:SecureTransport" = ["false"] } }
    }],
    [for key, sender in var.allowed_senders : {
      Sid       = "Allow${join("", [for word in regexall("[A-Za-z0-9]+", key) : title(word)])}"
      Effect    = "Allow"
      Principal = { Service = [sender.service] }
      Action    = ["sqs:SendMessage"]
      Resource  = [local.arn]
      # Not every service sends the source account to SQS (for EventBridge only the source ARN is documented). Without that condition key, the
      # account in the source ARN is enough. The ARN of a bucket contains no account, but S3 sends aws:SourceAccount.
      Condition = {
        ArnEquals            = { "aws:SourceArn" = [sender.source_arn] }
        StringEqualsIfExists = { "aws:SourceAccount" = [data.aws_caller_identity.this.account_id] }
      }
    }],
  ) })

  redrive_policy = jsonencode({ deadLetterTargetArn = module.dead_letter_queue.arn, maxReceiveCount = var.max_receive_count })

  depends_on = [module.dead_letter_queue]
}
