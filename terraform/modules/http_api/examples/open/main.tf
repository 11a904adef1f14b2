module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "function" {
  source     = "../../../function"
  name       = "shop-dev-webhooks"
  code       = { package = "${path.module}/../../../function/tests/package.zip", handler = "example.handler.handler" }
  kms        = { key_arn = module.key.key_arn }
  invocation = { mode = "synchronous" }
}

module "api" {
  source      = "../.."
  name        = "shop-dev-webhooks"
  kms_key_arn = module.key.key_arn

  routes = {
    "POST /webhooks/carrier" = { function_arn = module.function.function_arn, invoke_arn = module.function.invoke_arn }
    "$default"               = { function_arn = module.function.function_arn, invoke_arn = module.function.invoke_arn }
  }
}
