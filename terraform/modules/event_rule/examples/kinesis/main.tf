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

module "rule" {
  source = "../.."

  name          = "shop-dev-stream"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ source = [{ prefix = "shop." }] })

  targets = {
    stream = {
      kinesis = {
        stream_arn         = aws_kinesis_stream.orders.arn
        partition_key_path = "$.detail.data.order_id"
        kms_key_arn        = module.key.key_arn
      }
    }
  }
}
