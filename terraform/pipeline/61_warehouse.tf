# Warehouse: reserves all lines of an order or none, ships, and releases the stock of cancelled orders.
module "warehouse_queue" {
  source = "../modules/queue"

  name                       = "${local.prefix}-warehouse"
  kms_key_arn                = module.key.key_arn
  visibility_timeout_seconds = 6 * local.sizing.warehouse.timeout_seconds
  alarm_topic_arn            = module.alarms.topic_arn

  allowed_senders = {
    topic = { service = "sns.amazonaws.com", source_arn = local.topic_arn }
  }
}

module "warehouse" {
  source = "../modules/function"

  name        = "${local.prefix}-warehouse"
  function    = "warehouse"
  package     = "${var.packages_dir}/warehouse.zip"
  invocation  = "polled"
  kms_key_arn = module.key.key_arn
  sizing      = local.sizing.warehouse

  environment = merge(local.common_environment, {
    BUS_NAME    = module.bus.bus_name
    STOCK_TABLE = module.stock.table_name
  })

  queue_sources = {
    orders = {
      queue_arn                  = module.warehouse_queue.queue_arn
      visibility_timeout_seconds = module.warehouse_queue.visibility_timeout_seconds
      maximum_concurrency        = local.sizing.warehouse.maximum_concurrency
    }
  }

  permissions = {
    publish_outcomes = local.publish_grant.warehouse
    move_stock       = { actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], resources = [module.stock.table_arn] }
  }

  log_retention_days = var.retention.log_days
  alarm_topic_arn    = module.alarms.topic_arn
}

module "stock" {
  source = "../modules/table_with_stream"

  name                = "${local.prefix}-stock"
  kms_key_arn         = module.key.key_arn
  hash_key            = "pk"
  attributes          = { pk = "S" }
  deletion_protection = var.deletion_protection
  alarm_topic_arn     = module.alarms.topic_arn
}
