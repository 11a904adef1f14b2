module "subscriptions" {
  source = "../.."

  name        = module.topic.topic_name
  topic       = module.topic.topic
  kms_key_arn = module.key.key_arn

  subscriptions = {
    # 3 retries at once, then from 5 seconds to 2 minutes apart, in all less than an hour; at most 50 a second.
    erp = {
      protocol             = "https"
      endpoint             = "https://erp.example.com/orders"
      raw_message_delivery = true

      http_delivery = {
        retries                 = 30
        immediate_retries       = 3
        min_delay_seconds       = 5
        max_delay_seconds       = 120
        max_receives_per_second = 50
      }
    }
  }
}

module "topic" {
  source = "../../../topic"

  name        = "shop-dev-order-changes"
  audience    = "systems"
  kms_key_arn = module.key.key_arn
}

module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}
