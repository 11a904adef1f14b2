module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "topic" {
  source      = "../../../topic"
  name        = "shop-dev-stock-notices"
  audience    = "people"
  kms_key_arn = module.key.key_arn

  publishers = { rule = { service = "events.amazonaws.com", source_arn = module.rule.rule_arn } }
}

module "rule" {
  source        = "../.."
  name          = "shop-dev-stock-notices"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ detail-type = ["StockRejected"] })

  targets = {
    notices = {
      sns = { topic_arn = module.topic.topic_arn }

      # People receive one sentence instead of the event.
      input = { template = "\"Order <order_id> could not be reserved.\"", values = { order_id = "$.detail.data.order_id" } }
    }
  }
}
