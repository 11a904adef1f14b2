module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

resource "aws_cloudwatch_event_bus" "orders" { name = "shop-dev-orders" }

module "function" {
  source      = "../.."
  name        = "shop-dev-storefront_api"
  code        = { package = "${path.module}/../../tests/package.zip", handler = "example.handler.handler" }
  kms         = { key_arn = module.key.key_arn }
  invocation  = { mode = "synchronous" }
  environment = { BUS_NAME = aws_cloudwatch_event_bus.orders.name }

  permissions = {
    publish = {
      actions   = ["events:PutEvents"]
      resources = [aws_cloudwatch_event_bus.orders.arn]
      conditions = [
        { test = "StringEquals", variable = "events:source", values = ["shop.storefront_api"] },
        { test = "StringEquals", variable = "events:detail-type", values = ["OrderPlaced"] },
      ]
    }
  }
}
