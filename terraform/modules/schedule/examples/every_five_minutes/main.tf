module "key" {
  source = "../../../environment_key"

  name = "shop-dev"
}

module "function" {
  source = "../../../function"

  name        = "shop-dev-payment_deadline"
  function    = "example"
  package     = "${path.module}/../../../function/tests/package.zip"
  kms_key_arn = module.key.key_arn
  invocation  = "asynchronous"
}

module "schedule" {
  source = "../.."

  name        = "shop-dev-payment-deadline"
  kms_key_arn = module.key.key_arn
  expression  = "rate(5 minutes)"
  target      = { function_arn = module.function.function_arn }
}
