module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "function" {
  source     = "../../../function"
  name       = "shop-dev-storefront_api"
  code       = { package = "${path.module}/../../../function/tests/package.zip", handler = "example.handler.handler" }
  kms        = { key_arn = module.key.key_arn }
  invocation = { mode = "synchronous" }
}

module "api" {
  source      = "../.."
  name        = "shop-dev-storefront"
  kms_key_arn = module.key.key_arn
  throttling  = { rate_limit = 50, burst_limit = 100 }

  jwt_authorizer = { issuer = "https://login.example.com/", audience = ["shop-app"], scopes = ["orders:write"] }

  cors = {
    allow_origins = ["https://shop.example.com"]
    allow_methods = ["GET", "POST"]
    allow_headers = ["authorization", "content-type", "idempotency-key"]
  }

  routes = {
    "POST /orders"           = { function_arn = module.function.function_arn, invoke_arn = module.function.invoke_arn }
    "GET /orders/{order_id}" = { function_arn = module.function.function_arn, invoke_arn = module.function.invoke_arn }
  }
}
