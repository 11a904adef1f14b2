variable "function_arn" { type = string }

module "subscriptions" {
  source = "../.."

  name        = module.topic.topic_name
  topic       = module.topic.topic
  kms_key_arn = module.key.key_arn

  subscriptions = {
    # By the message's attributes, which costs nothing per message.
    search_index = {
      protocol      = "lambda"
      endpoint      = var.function_arn
      filter_policy = jsonencode({ event_type = ["OrderChanged"], status = [{ anything-but = ["placed"] }] })
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
