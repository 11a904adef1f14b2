# Finance: requests payments and refunds, and keeps the append-only ledger.
module "finance_queue" {
  source                     = "../modules/queue"
  name                       = local.queues.finance.name
  kms_key_arn                = var.kms_key_arn
  visibility_timeout_seconds = 6 * local.functions.finance.sizing.timeout_seconds
  max_receive_count          = local.max_receive_count
  alarm_topic_arn            = module.alarms.topic_arn

  allowed_senders = { topic = { service = "sns.amazonaws.com", source_arn = local.topic_arn } }
}

module "finance" {
  source                   = "../modules/function"
  name                     = local.functions.finance.name
  code                     = local.code.finance
  invocation               = { mode = local.functions.finance.invocation }
  kms                      = { key_arn = var.kms_key_arn }
  permissions_boundary_arn = var.permissions_boundary_arn
  sizing                   = local.functions.finance.sizing
  tags                     = local.functions.finance.tags

  environment = merge(local.functions.finance.environment, { LEDGER_TABLE = module.ledger.table_name })

  queue_sources = {
    orders = {
      queue_arn                  = module.finance_queue.queue_arn
      visibility_timeout_seconds = module.finance_queue.visibility_timeout_seconds
      maximum_concurrency        = local.functions.finance.sizing.maximum_concurrency
    }
  }

  permissions = merge(local.functions.finance.permissions, {
    append_entries = { actions = ["dynamodb:PutItem"], resources = [module.ledger.table_arn] }
  })

  observability = local.observability
}

module "ledger" {
  source          = "../modules/table_with_stream"
  name            = local.tables.ledger
  kms_key_arn     = var.kms_key_arn
  key             = { hash = "order_id", range = "entry_id" }
  attributes      = { order_id = "S", entry_id = "S" }
  protection      = { deletion = var.deletion_protection }
  alarm_topic_arn = module.alarms.topic_arn
}
