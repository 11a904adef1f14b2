module "orders" {
  source      = "../../../terraform/modules/topic"
  name        = "${local.name}-changes"
  audience    = "systems"
  kms_key_arn = module.key.key_arn
}

module "orders_subscriptions" {
  source      = "../../../terraform/modules/subscriptions"
  name        = module.orders.topic_name
  topic       = module.orders.topic
  kms_key_arn = module.key.key_arn

  subscriptions = {
    lake = { protocol = "firehose", endpoint = aws_kinesis_firehose_delivery_stream.this["changes"].arn, raw_message_delivery = true }
    https = {
      protocol             = "https"
      endpoint             = "${var.receiver}/sns"
      raw_message_delivery = true

      http_delivery = {
        retries                 = 20
        immediate_retries       = 2
        min_delay_retries       = 2
        max_delay_retries       = 2
        min_delay_seconds       = 2
        max_delay_seconds       = 60
        backoff                 = "linear"
        max_receives_per_second = 50
      }
    }
  }
}

module "notices" {
  source      = "../../../terraform/modules/topic"
  name        = "${local.name}-notices"
  audience    = "people"
  kms_key_arn = module.key.key_arn
}

module "notices_subscriptions" {
  source      = "../../../terraform/modules/subscriptions"
  name        = module.notices.topic_name
  topic       = module.notices.topic
  kms_key_arn = module.key.key_arn

  subscriptions = {
    app     = { protocol = "application", endpoint = var.device_endpoint_arn }
    on_call = { protocol = "sms", endpoint = "+31201234567" }
  }
}
