module "subscriptions" {
  source = "../.."

  name        = module.topic.topic_name
  topic       = module.topic.topic
  kms_key_arn = module.key.key_arn

  subscriptions = {
    # Only what this consumer needs, by the message's body.
    warehouse = {
      protocol             = "sqs"
      endpoint             = module.queue.queue_arn
      raw_message_delivery = true
      filter_policy_scope  = "MessageBody"
      filter_policy        = jsonencode({ data = { channel = ["web", "mobile"], status = ["placed", "paid"] } })
    }
  }
}

module "queue" {
  source = "../../../queue"

  name        = "shop-dev-warehouse"
  kms_key_arn = module.key.key_arn

  allowed_senders = { topic = { service = "sns.amazonaws.com", source_arn = module.topic.topic_arn } }
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
