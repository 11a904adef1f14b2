variable "delivery_stream_arn" { type = string }

module "subscriptions" {
  source = "../.."

  name        = module.topic.topic_name
  topic       = module.topic.topic
  kms_key_arn = module.key.key_arn

  subscriptions = { lake = { protocol = "firehose", endpoint = var.delivery_stream_arn, raw_message_delivery = true } }
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
