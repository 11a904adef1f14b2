# A queue that receives the deliveries of online orders, a function that awards one point for every full euro, and a table of points.
module "key" {
  source = "../../terraform/modules/environment_key"
  name   = local.prefix
}

module "subscription" {
  source      = "../../terraform/modules/subscriptions"
  name        = "${local.prefix}-deliveries"
  topic       = { arn = local.topic_arn, audience = "systems" }
  kms_key_arn = module.key.key_arn

  subscriptions = {
    award_points = {
      protocol             = "sqs"
      endpoint             = module.deliveries.queue_arn
      raw_message_delivery = true
      filter_policy_scope  = "MessageBody"
      filter_policy = jsonencode({
        metadata = { event_type = ["OrderChanged"] }
        data     = { channel = [{ anything-but = ["pos"] }], status = ["delivered"], changed_fields = ["status"] }
      })
    }
  }
}

module "deliveries" {
  source                     = "../../terraform/modules/queue"
  name                       = "${local.prefix}-deliveries"
  kms_key_arn                = module.key.key_arn
  visibility_timeout_seconds = 60

  allowed_senders = { topic = { service = "sns.amazonaws.com", source_arn = local.topic_arn } }
}

module "award_points" {
  source     = "../../terraform/modules/function"
  name       = "${local.prefix}-award_points"
  code       = { package = "${var.packages_dir}/award_points.zip", handler = "award_points.handler.handler" }
  invocation = { mode = "polled" }
  kms        = { key_arn = module.key.key_arn }
  sizing     = { timeout_seconds = 10 }

  environment = {
    POWERTOOLS_SERVICE_NAME      = "award_points"
    ENVIRONMENT                  = var.environment
    LOG_LEVEL                    = "INFO"
    POWERTOOLS_METRICS_NAMESPACE = "Loyalty"
    POINTS_TABLE                 = module.points.table_name
  }

  queue_sources = {
    deliveries = {
      queue_arn                  = module.deliveries.queue_arn
      visibility_timeout_seconds = module.deliveries.visibility_timeout_seconds
      maximum_concurrency        = 2
    }
  }

  permissions = { write_points = { actions = ["dynamodb:PutItem"], resources = [module.points.table_arn] } }
}

module "points" {
  source      = "../../terraform/modules/table_with_stream"
  name        = "${local.prefix}-points"
  kms_key_arn = module.key.key_arn
  key         = { hash = "order_id" }
  attributes  = { order_id = "S" }
  protection  = { deletion = var.deletion_protection }
}
