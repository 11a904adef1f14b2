# The function finds orders that are unpaid after their payment term through the sparse index of due times, and asks the provider to void their payment requests.
module "payment_deadline" {
  source = "../modules/function"
  name   = local.functions.payment_deadline.name
  code   = local.code.payment_deadline
  # The next run finds what this one missed, so a failed run is not retried for long.
  invocation               = { mode = local.functions.payment_deadline.invocation, maximum_retry_attempts = 1, maximum_event_age_seconds = 300 }
  kms                      = { key_arn = var.kms_key_arn }
  permissions_boundary_arn = var.permissions_boundary_arn
  sizing                   = local.functions.payment_deadline.sizing
  tags                     = local.functions.payment_deadline.tags

  environment = merge(local.functions.payment_deadline.environment, { ORDERS_TABLE = module.orders.table_name })

  permissions = merge(local.functions.payment_deadline.permissions, {
    find_due_orders = { actions = ["dynamodb:Query"], resources = [module.orders.index_arns["payment_due"]] }
  })

  observability = local.observability
}

module "deadline_check" {
  source                   = "../modules/schedule"
  name                     = "${local.prefix}-deadline-check"
  expression               = var.orders.deadline_check
  enabled                  = var.orders.deadline_check_enabled
  target                   = { function_arn = module.payment_deadline.function_arn }
  retry                    = { maximum_attempts = 2, maximum_event_age_seconds = 300 }
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn
}

module "payment_unanswered" {
  source    = "../modules/alarms"
  topic_arn = module.alarms.topic_arn

  alarms = {
    "${local.prefix}-payment-unanswered" = {
      description = "Orders are still unpaid an hour after their payment term: the payment provider does not answer void requests, or its calls do not arrive."
      kind        = "payment-unanswered"
      namespace   = local.common_environment.POWERTOOLS_METRICS_NAMESPACE
      metric_name = "PaymentsUnanswered"
      dimensions  = { service = "payment_deadline" }
      statistic   = "Maximum"
      period      = 300
    }
  }
}
