module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

resource "aws_sns_topic" "orders" {
  name              = "shop-dev-orders"
  kms_master_key_id = module.key.key_arn
}

module "queue" {
  source                     = "../.."
  name                       = "shop-dev-warehouse"
  kms_key_arn                = module.key.key_arn
  visibility_timeout_seconds = 180

  allowed_senders = { orders_topic = { service = "sns.amazonaws.com", source_arn = aws_sns_topic.orders.arn } }
}

resource "aws_sns_topic_subscription" "warehouse" {
  topic_arn            = aws_sns_topic.orders.arn
  protocol             = "sqs"
  endpoint             = module.queue.queue_arn
  raw_message_delivery = true
}
