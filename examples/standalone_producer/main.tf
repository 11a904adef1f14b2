# Orders from a marketplace: they arrive in a queue, in the marketplace's format, and leave as OrderPlaced on the bus.
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

  permissions = { place_orders = local.place_orders }
}

locals {
  # Only this event type from this source: IAM refuses anything else.
  place_orders = {
    actions   = ["events:PutEvents"]
    resources = [local.bus_arn]
    conditions = [
      { test = "StringEquals", variable = "events:source", values = [local.source] },
      { test = "StringEquals", variable = "events:detail-type", values = ["OrderPlaced"] },
    ]
  }
}
