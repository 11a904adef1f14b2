data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  prefix             = "${var.project}-${var.environment}"
  account_id         = data.aws_caller_identity.this.account_id
  partition          = data.aws_partition.this.partition
  region_and_account = "${data.aws_region.this.id}:${local.account_id}"
  repository_root    = "${path.module}/../.."

  # ARNs are constructed where two resources refer to each other, and where waiting would be slow: creating a queue and its
  # dead-letter queue takes most of a minute. No message is sent before the first apply is complete.
  bus_name  = "${local.prefix}-orders"
  bus_arn   = "arn:${local.partition}:events:${local.region_and_account}:event-bus/${local.bus_name}"
  topic_arn = "arn:${local.partition}:sns:${local.region_and_account}:${local.prefix}-order-changes"

  # Number of receives after which SQS moves a message to the dead-letter queue. After each failure the function hides the message,
  # at first for 5 s, later for up to 10 minutes, about 15 hours in all (docs/outages.md).
  max_receive_count = 100
}
