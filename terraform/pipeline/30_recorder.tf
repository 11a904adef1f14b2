# The recorder: bus to table, at most one conditional write per event. The intake queue absorbs peaks.
module "intake_rule" {
  source   = "../modules/event_rule"
  name     = "${local.prefix}-intake"
  bus_name = module.bus.bus_name
  # Replays are allowed: the recorder applies every event once, however often it arrives.
  event_pattern = jsonencode({
    account     = [local.account_id]
    source      = sort(distinct(flatten([for type in local.recorded_types : local.sources_by_type[type]])))
    detail-type = local.recorded_types
  })

  targets = {
    recorder = { sqs = { queue_arn = local.queues.intake.arn }, retry = { maximum_attempts = 185, maximum_age_seconds = 86400 } }
  }

  kms_key_arn     = var.kms_key_arn
  alarm_topic_arn = module.alarms.topic_arn
}

module "intake" {
  source                     = "../modules/queue"
  name                       = local.queues.intake.name
  kms_key_arn                = var.kms_key_arn
  visibility_timeout_seconds = 6 * local.functions.recorder.sizing.timeout_seconds
  retention_seconds          = 4 * 86400
  max_receive_count          = local.max_receive_count
  alarm_topic_arn            = module.alarms.topic_arn

  allowed_senders = { intake = { service = "events.amazonaws.com", source_arn = module.intake_rule.rule_arn } }
}

module "recorder" {
  source                   = "../modules/function"
  name                     = local.functions.recorder.name
  code                     = local.code.recorder
  invocation               = { mode = local.functions.recorder.invocation }
  kms                      = { key_arn = var.kms_key_arn }
  permissions_boundary_arn = var.permissions_boundary_arn
  sizing                   = local.functions.recorder.sizing
  tags                     = local.functions.recorder.tags

  environment = merge(local.functions.recorder.environment, {
    ORDERS_TABLE         = module.orders.table_name
    PAYMENT_TERM_SECONDS = tostring(var.orders.payment_term_seconds)
    ORDER_RETENTION_DAYS = tostring(var.orders.retention_days)
    }, var.orders.restored == null ? {} : {
    RESTORED_SUFFIX = var.orders.restored.table_suffix
    REBUILDING      = tostring(!var.orders.deadline_check_enabled)
  })

  queue_sources = {
    intake = {
      queue_arn                  = module.intake.queue_arn
      visibility_timeout_seconds = module.intake.visibility_timeout_seconds
      maximum_concurrency        = local.functions.recorder.sizing.maximum_concurrency
      enabled                    = local.relay_can_publish
    }
  }

  permissions = merge(local.functions.recorder.permissions, {
    write_orders = { actions = ["dynamodb:GetItem", "dynamodb:UpdateItem"], resources = [module.orders.table_arn] }
  })

  observability = local.observability
}
