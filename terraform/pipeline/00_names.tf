data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  prefix     = "${var.project}-${var.environment}"
  account_id = data.aws_caller_identity.this.account_id
  partition  = data.aws_partition.this.partition
  regional   = "${data.aws_region.this.id}:${local.account_id}"
  root       = "${path.module}/../.."

  # Constructed, not read from the resource, where two resources name each other, or where waiting would only cost time:
  # SQS takes most of a minute to show a queue with its dead-letter queue. Nothing is sent before the apply is complete.
  bus_name  = "${local.prefix}-orders"
  bus_arn   = "arn:${local.partition}:events:${local.regional}:event-bus/${local.bus_name}"
  topic_arn = "arn:${local.partition}:sns:${local.regional}:${local.prefix}-order-changes"

  # How often a queue's consumer may fail for one message. The functions hide it for 5 s, then increasingly longer, up to 10 minutes:
  # 15 hours in all (docs/outages.md).
  max_receive_count = 100
}
