# Orders from a marketplace arrive in a queue, in the marketplace's format; a function publishes them to the bus as OrderPlaced.
module "key" {
  source = "../../terraform/modules/environment_key"
  name   = local.prefix
}

module "inbox" {
  source                     = "../../terraform/modules/queue"
  name                       = "${local.prefix}-inbox"
  kms_key_arn                = module.key.key_arn
  visibility_timeout_seconds = 60
}

module "marketplace_orders" {
  source     = "../../terraform/modules/function"
  name       = "${local.prefix}-marketplace_orders"
  code       = { package = "${var.packages_dir}/marketplace_orders.zip", handler = "marketplace_orders.handler.handler" }
  invocation = { mode = "polled" }
  kms        = { key_arn = module.key.key_arn }
  sizing     = { timeout_seconds = 10 }

  environment = {
    POWERTOOLS_SERVICE_NAME      = "marketplace_orders"
    ENVIRONMENT                  = var.environment
    LOG_LEVEL                    = "INFO"
    POWERTOOLS_METRICS_NAMESPACE = "Marketplace"
    BUS_NAME                     = local.bus_name
  }

  queue_sources = {
    inbox = {
      queue_arn                  = module.inbox.queue_arn
      visibility_timeout_seconds = module.inbox.visibility_timeout_seconds
      maximum_concurrency        = 2
    }
  }

  permissions = { place_orders = local.place_orders_statement }
}

locals {
  # IAM allows only this event type from this source.
  place_orders_statement = {
    actions   = ["events:PutEvents"]
    resources = [local.bus_arn]
    conditions = [
      { test = "StringEquals", variable = "events:source", values = [local.source] },
      { test = "StringEquals", variable = "events:detail-type", values = ["OrderPlaced"] },
    ]
  }
}
