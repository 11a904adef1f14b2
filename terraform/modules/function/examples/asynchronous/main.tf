module "key" {
  source = "../../../environment_key"

  name = "shop-dev"
}

module "function" {
  source = "../.."

  name               = "shop-dev-pos_import"
  function           = "example"
  package            = "${path.module}/../../tests/package.zip"
  kms_key_arn        = module.key.key_arn
  invocation         = "asynchronous"
  asynchronous_retry = { maximum_retry_attempts = 1, maximum_event_age_seconds = 900 }
}
