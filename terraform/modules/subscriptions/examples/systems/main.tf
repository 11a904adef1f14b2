variable "function_arn" { type = string }
variable "delivery_stream_arn" { type = string }

module "subscriptions" {
  source      = "../.."
  name        = module.topic.topic_name
  topic       = module.topic.topic
  kms_key_arn = module.key.key_arn

  subscriptions = {
    # SNS filters by the message body.
    warehouse = {
      protocol             = "sqs"
      endpoint             = module.queue.queue_arn
      raw_message_delivery = true
      filter_policy_scope  = "MessageBody"
      filter_policy        = jsonencode({ data = { channel = ["web", "mobile"], status = ["placed", "paid"] } })
    }

    # SNS filters by the message attributes, which costs nothing per message.
    search_index = {
      protocol      = "lambda"
      endpoint      = var.function_arn
      filter_policy = jsonencode({ event_type = ["OrderChanged"], status = [{ anything-but = ["placed"] }] })
    }

    data_lake = { protocol = "firehose", endpoint = var.delivery_stream_arn, raw_message_delivery = true }

    # 3 immediate retries, then 27 retries 5 seconds to 2 minutes apart, for less than an hour in total; at most 50 deliveries a second.
    erp = {
      protocol             = "https"
      endpoint             = "https://erp.example.com/orders"
      raw_message_delivery = true
      http_delivery        = { retries = 30, immediate_retries = 3, min_delay_seconds = 5, max_delay_seconds = 120, max_receives_per_second = 50 }
    }
  }
}

module "queue" {
  source          = "../../../queue"
  name            = "shop-dev-warehouse"
  kms_key_arn     = module.key.key_arn
  allowed_senders = { topic = { service = "sns.amazonaws.com", source_arn = module.topic.topic_arn } }
}

module "topic" {
  source      = "../../../topic"
  name        = "shop-dev-order-changes"
  audience    = "systems"
  kms_key_arn = module.key.key_arn
}

module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}
