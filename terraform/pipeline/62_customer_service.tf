# Customer service: opens cases, and writes a short notice for every change of status that a customer should hear of.
module "customer_service_queue" {
  source = "../modules/queue"

  name                       = "${local.prefix}-customer-service"
  kms_key_arn                = module.key.key_arn
  visibility_timeout_seconds = 6 * local.sizing.customer_service.timeout_seconds
  alarm_topic_arn            = module.alarms.topic_arn

  allowed_senders = {
    topic = { service = "sns.amazonaws.com", source_arn = local.topic_arn }
  }
}

module "customer_service" {
  source = "../modules/function"

  name        = "${local.prefix}-customer_service"
  function    = "customer_service"
  package     = "${var.packages_dir}/customer_service.zip"
  invocation  = "polled"
  kms_key_arn = module.key.key_arn
  sizing      = local.sizing.customer_service

  environment = merge(local.common_environment, {
    NOTICES_TOPIC_ARN = module.notices.topic_arn
    CASES_TABLE       = module.cases.table_name
  })

  queue_sources = {
    orders = {
      queue_arn                  = module.customer_service_queue.queue_arn
      visibility_timeout_seconds = module.customer_service_queue.visibility_timeout_seconds
      maximum_concurrency        = local.sizing.customer_service.maximum_concurrency
    }
  }

  permissions = {
    publish_notices = { actions = ["sns:Publish"], resources = [module.notices.topic_arn] }
    keep_cases      = { actions = ["dynamodb:PutItem", "dynamodb:UpdateItem"], resources = [module.cases.table_arn] }
  }

  log_retention_days = var.retention.log_days
  alarm_topic_arn    = module.alarms.topic_arn
}

module "cases" {
  source = "../modules/table_with_stream"

  name                = "${local.prefix}-cases"
  kms_key_arn         = module.key.key_arn
  hash_key            = "order_id"
  range_key           = "case_id"
  attributes          = { order_id = "S", case_id = "S" }
  deletion_protection = var.deletion_protection
  alarm_topic_arn     = module.alarms.topic_arn
}
