module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "table" {
  source           = "../../../table_with_stream"
  name             = "shop-dev-orders"
  kms_key_arn      = module.key.key_arn
  attributes       = { order_id = "S" }
  key              = { hash = "order_id" }
  stream_view_type = "NEW_AND_OLD_IMAGES"
  protection       = { deletion = false }
}

module "failures" {
  source      = "../../../bucket"
  name        = "shop-dev-failures"
  kms_key_arn = module.key.key_arn
  expirations = { failed_records = { days = 30 } }
}

module "function" {
  source     = "../.."
  name       = "shop-dev-relay"
  code       = { package = "${path.module}/../../tests/package.zip", handler = "example.handler.handler" }
  kms        = { key_arn = module.key.key_arn }
  invocation = { mode = "polled" }

  stream_sources = {
    orders = {
      stream_arn         = module.table.stream_arn
      failure_bucket_arn = module.failures.bucket_arn
      filter_patterns    = [jsonencode({ eventName = ["INSERT", "MODIFY"] })]
    }
  }
}
