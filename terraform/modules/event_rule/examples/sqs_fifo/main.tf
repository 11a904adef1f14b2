module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "queue" {
  source = "../../../queue"

  name        = "shop-dev-invoices"
  kms_key_arn = module.key.key_arn
  fifo        = { content_based_deduplication = true }

  allowed_senders = { rule = { service = "events.amazonaws.com", source_arn = module.rule.rule_arn } }
}

module "rule" {
  source = "../.."

  name          = "shop-dev-invoices"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ detail-type = ["PaymentCaptured"] })

  targets = { invoices = { sqs = { queue_arn = module.queue.queue_arn, message_group_id = "invoices" } } }
}
