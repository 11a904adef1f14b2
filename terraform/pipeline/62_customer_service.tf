# Customer service: opens cases, and sends a short notice for every change of status that concerns the customer.
module "customer_service_queue" {
  source                     = "../modules/queue"
  name                       = local.queues.customer_service.name
  kms_key_arn                = var.kms_key_arn
  visibility_timeout_seconds = 6 * local.functions.customer_service.sizing.timeout_seconds
  max_receive_count          = local.max_receive_count
  alarm_topic_arn            = module.alarms.topic_arn

  allowed_senders = { topic = { service = "sns.amazonaws.com", source_arn = local.topic_arn } }
}

module "customer_service" {
  source                   = "../modules/function"
  name                     = local.functions.customer_service.name
  code                     = local.code.customer_service
  invocation               = { mode = local.functions.customer_service.invocation }
  kms                      = { key_arn = var.kms_key_arn }
  permissions_boundary_arn = var.permissions_boundary_arn
  sizing                   = local.functions.customer_service.sizing
  tags                     = local.functions.customer_service.tags

  environment = merge(local.functions.customer_service.environment, {
    NOTICES_TOPIC_ARN = module.notices.topic_arn
    CASES_TABLE       = module.cases.table_name
  })

  queue_sources = {
    orders = {
      queue_arn                  = module.customer_service_queue.queue_arn
      visibility_timeout_seconds = module.customer_service_queue.visibility_timeout_seconds
      maximum_concurrency        = local.functions.customer_service.sizing.maximum_concurrency
    }
  }

  permissions = merge(local.functions.customer_service.permissions, {
    publish_notices = { actions = ["sns:Publish"], resources = [module.notices.topic_arn] }
    store_cases     = { actions = ["dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"], resources = [module.cases.table_arn] }
  })

  observability = local.observability
}

module "cases" {
  source          = "../modules/table_with_stream"
  name            = local.tables.cases
  kms_key_arn     = var.kms_key_arn
  key             = { hash = "order_id", range = "case_id" }
  attributes      = { order_id = "S", case_id = "S" }
  protection      = { deletion = var.deletion_protection }
  alarm_topic_arn = module.alarms.topic_arn
}
