module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

# The queue's policy lets the rule send messages; `rule_arn` is known before the rule exists.
module "queue" {
  source          = "../../../queue"
  name            = "shop-dev-intake"
  kms_key_arn     = module.key.key_arn
  allowed_senders = { rule = { service = "events.amazonaws.com", source_arn = module.rule.rule_arn } }
}

module "fifo_queue" {
  source          = "../../../queue"
  name            = "shop-dev-invoices"
  kms_key_arn     = module.key.key_arn
  fifo            = { content_based_deduplication = true }
  allowed_senders = { rule = { service = "events.amazonaws.com", source_arn = module.rule.rule_arn } }
}

module "rule" {
  source        = "../.."
  name          = "shop-dev-intake"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ source = [{ prefix = "shop." }] })
  kms_key_arn   = module.key.key_arn

  targets = {
    intake   = { sqs = { queue_arn = module.queue.queue_arn } }
    invoices = { sqs = { queue_arn = module.fifo_queue.queue_arn, message_group_id = "invoices" } }
  }
}
