# Orders that stay unpaid past their term are found through the sparse index of due times and cancelled.
module "payment_deadline" {
  source = "../modules/function"

  name        = "${local.prefix}-payment_deadline"
  function    = "payment_deadline"
  package     = "${var.packages_dir}/payment_deadline.zip"
  invocation  = "asynchronous"
  kms_key_arn = module.key.key_arn
  sizing      = local.sizing.payment_deadline

  environment = merge(local.common_environment, {
    BUS_NAME     = module.bus.bus_name
    ORDERS_TABLE = module.orders.table_name
  })

  permissions = {
    publish_deadlines = local.publish_grant.payment_deadline
    find_due_orders   = { actions = ["dynamodb:Query"], resources = [module.orders.index_arns["payment_due"]] }
  }

  # The next run finds what this one did not reach, so an old run is not worth repeating for long.
  asynchronous_retry = { maximum_retry_attempts = 1, maximum_event_age_seconds = 300 }

  log_retention_days = var.retention.log_days
  alarm_topic_arn    = module.alarms.topic_arn
}

module "deadline_check" {
  source = "../modules/schedule"

  name            = "${local.prefix}-deadline-check"
  expression      = var.orders.deadline_check
  target          = { function_arn = module.payment_deadline.function_arn }
  retry           = { maximum_attempts = 2, maximum_event_age_seconds = 300 }
  kms_key_arn     = module.key.key_arn
  alarm_topic_arn = module.alarms.topic_arn
}
