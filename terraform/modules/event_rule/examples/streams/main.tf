variable "delivery_stream_arn" { type = string }

module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

resource "aws_kinesis_stream" "orders" {
  name            = "shop-dev-orders"
  shard_count     = 1
  encryption_type = "KMS"
  kms_key_id      = module.key.key_arn
}

resource "aws_cloudwatch_log_group" "journal" {
  name              = "/aws/events/shop-dev-journal"
  retention_in_days = 365
  kms_key_id        = module.key.key_arn
}

module "rule" {
  source        = "../.."
  name          = "shop-dev-everything"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ source = [{ prefix = "shop." }] })

  targets = {
    analytics = { firehose = { stream_arn = var.delivery_stream_arn } }
    journal   = { log_group = { log_group_arn = aws_cloudwatch_log_group.journal.arn } }
    stream = { kinesis = {
      stream_arn         = aws_kinesis_stream.orders.arn
      partition_key_path = "$.detail.data.order_id"
      kms_key_arn        = module.key.key_arn
    } }
  }
}
