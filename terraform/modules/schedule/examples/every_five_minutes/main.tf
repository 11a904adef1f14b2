module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "function" {
  source     = "../../../function"
  name       = "shop-dev-payment_deadline"
  code       = { package = "${path.module}/../../../function/tests/package.zip", handler = "example.handler.handler" }
  kms        = { key_arn = module.key.key_arn }
  invocation = { mode = "asynchronous" }
}

module "schedule" {
  source      = "../.."
  name        = "shop-dev-payment-deadline"
  kms_key_arn = module.key.key_arn
  expression  = "rate(5 minutes)"
  target      = { function_arn = module.function.function_arn }
}
