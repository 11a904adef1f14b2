module "subscriptions" {
  source = "../.."

  name        = module.topic.topic_name
  topic       = module.topic.topic
  kms_key_arn = module.key.key_arn

  subscriptions = { on_call = { protocol = "sms", endpoint = "+31201234567" } }
}

module "topic" {
  source = "../../../topic"

  name        = "shop-dev-notices"
  audience    = "people"
  kms_key_arn = module.key.key_arn
}

module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}
