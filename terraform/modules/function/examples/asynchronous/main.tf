module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "function" {
  source     = "../.."
  name       = "shop-dev-pos_import"
  code       = { package = "${path.module}/../../tests/package.zip", handler = "example.handler.handler" }
  kms        = { key_arn = module.key.key_arn }
  invocation = { mode = "asynchronous", maximum_retry_attempts = 1, maximum_event_age_seconds = 900 }
}
