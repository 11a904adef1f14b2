variable "delivery_stream_arn" { type = string }

module "rule" {
  source = "../.."

  name          = "shop-dev-analytics"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ source = [{ prefix = "shop." }] })

  targets = { analytics = { firehose = { stream_arn = var.delivery_stream_arn } } }
}
