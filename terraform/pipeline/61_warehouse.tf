# Warehouse: reserves all lines of an order or none, ships, and releases the stock of cancelled orders.
module "warehouse_queue" {
  source                     = "../modules/queue"
  name                       = local.queues.warehouse.name
  kms_key_arn                = var.kms_key_arn
  visibility_timeout_seconds = 6 * local.functions.warehouse.sizing.timeout_seconds
  max_receive_count          = local.max_receive_count
  alarm_topic_arn            = module.alarms.topic_arn

  allowed_senders = { topic = { service = "sns.amazonaws.com", source_arn = local.topic_arn } }
}

module "warehouse" {
  source                   = "../modules/function"
  name                     = local.functions.warehouse.name
  code                     = local.code.warehouse
  invocation               = { mode = local.functions.warehouse.invocation }
  kms                      = { key_arn = var.kms_key_arn }
  permissions_boundary_arn = var.permissions_boundary_arn
  sizing                   = local.functions.warehouse.sizing
  tags                     = local.functions.warehouse.tags

  environment = merge(local.functions.warehouse.environment, { STOCK_TABLE = module.stock.table_name })

  queue_sources = {
    orders = {
      queue_arn                  = module.warehouse_queue.queue_arn
      visibility_timeout_seconds = module.warehouse_queue.visibility_timeout_seconds
      maximum_concurrency        = local.functions.warehouse.sizing.maximum_concurrency
    }
  }

  permissions = merge(local.functions.warehouse.permissions, {
    update_stock = { actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], resources = [module.stock.table_arn] }
  })

  observability = local.observability
}

module "stock" {
  source          = "../modules/table_with_stream"
  name            = local.tables.stock
  kms_key_arn     = var.kms_key_arn
  key             = { hash = "pk" }
  attributes      = { pk = "S" }
  protection      = { deletion = var.deletion_protection }
  alarm_topic_arn = module.alarms.topic_arn
}
