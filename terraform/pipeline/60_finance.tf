# Finance: asks for payments and refunds, and keeps the append-only ledger.
module "finance_queue" {
  source = "../modules/queue"

  name                       = "${local.prefix}-finance"
  kms_key_arn                = module.key.key_arn
  visibility_timeout_seconds = 6 * local.sizing.finance.timeout_seconds
  alarm_topic_arn            = module.alarms.topic_arn

  allowed_senders = {
    topic = { service = "sns.amazonaws.com", source_arn = local.topic_arn }
  }
}

module "finance" {
  source = "../modules/function"

  name        = "${local.prefix}-finance"
  function    = "finance"
  package     = "${var.packages_dir}/finance.zip"
  invocation  = "polled"
  kms_key_arn = module.key.key_arn
  sizing      = local.sizing.finance

  environment = merge(local.common_environment, {
    BUS_NAME     = module.bus.bus_name
    LEDGER_TABLE = module.ledger.table_name
  })

  queue_sources = {
    orders = {
      queue_arn                  = module.finance_queue.queue_arn
      visibility_timeout_seconds = module.finance_queue.visibility_timeout_seconds
      maximum_concurrency        = local.sizing.finance.maximum_concurrency
    }
  }

  permissions = {
    publish_requests = local.publish_grant.finance
    append_entries   = { actions = ["dynamodb:PutItem"], resources = [module.ledger.table_arn] }
  }

  log_retention_days = var.retention.log_days
  alarm_topic_arn    = module.alarms.topic_arn
}

module "ledger" {
  source = "../modules/table_with_stream"

  name                = "${local.prefix}-ledger"
  kms_key_arn         = module.key.key_arn
  hash_key            = "order_id"
  range_key           = "entry_id"
  attributes          = { order_id = "S", entry_id = "S" }
  deletion_protection = var.deletion_protection
  alarm_topic_arn     = module.alarms.topic_arn
}
