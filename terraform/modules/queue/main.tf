data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  suffix           = var.fifo == null ? "" : ".fifo"
  name             = "${var.name}${local.suffix}"
  dead_letter_name = "${var.name}-dlq${local.suffix}"

  # Constructed, so that each queue is created whole in one call: every further call to set a policy takes SQS and the provider
  # half a minute.
  arn_prefix      = "arn:${data.aws_partition.this.partition}:sqs:${data.aws_region.this.name}:${data.aws_caller_identity.this.account_id}"
  arn             = "${local.arn_prefix}:${local.name}"
  dead_letter_arn = "${local.arn_prefix}:${local.dead_letter_name}"
}

resource "aws_sqs_queue" "this" {
  name                        = local.name
  fifo_queue                  = var.fifo != null
  content_based_deduplication = var.fifo == null ? false : var.fifo.content_based_deduplication
  visibility_timeout_seconds  = var.visibility_timeout_seconds
  message_retention_seconds   = var.retention_seconds
  receive_wait_time_seconds   = 20
  kms_master_key_id           = var.kms_key_arn
  policy                      = module.policy.json

  redrive_policy = jsonencode({
    deadLetterTargetArn = local.dead_letter_arn
    maxReceiveCount     = var.max_receive_count
  })

  depends_on = [aws_sqs_queue.dead_letter]
}

resource "aws_sqs_queue" "dead_letter" {
  name                      = local.dead_letter_name
  fifo_queue                = var.fifo != null
  message_retention_seconds = 1209600
  kms_master_key_id         = var.kms_key_arn
  policy                    = module.dead_letter_policy.json

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.arn]
  })
}
