module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "queue" {
  source                     = "../../../queue"
  name                       = "shop-dev-warehouse"
  kms_key_arn                = module.key.key_arn
  visibility_timeout_seconds = 125
}

module "function" {
  source     = "../.."
  name       = "shop-dev-warehouse"
  code       = { package = "${path.module}/../../tests/package.zip", handler = "example.handler.handler" }
  kms        = { key_arn = module.key.key_arn }
  invocation = { mode = "polled" }
  sizing     = { timeout_seconds = 20 }

  queue_sources = {
    orders = {
      queue_arn                  = module.queue.queue_arn
      visibility_timeout_seconds = module.queue.visibility_timeout_seconds
      batch_size                 = 50
      window_seconds             = 5
      maximum_concurrency        = 4
      filter_patterns            = [jsonencode({ body = { metadata = { event_type = ["OrderChanged"] } } })]
    }
  }
}
