module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "queue" {
  source      = "../../../queue"
  name        = "shop-dev-reports"
  kms_key_arn = module.key.key_arn
}

module "schedule" {
  source                  = "../.."
  name                    = "shop-dev-weekday-report"
  kms_key_arn             = module.key.key_arn
  expression              = "cron(0 6 ? * MON-FRI *)"
  timezone                = "Europe/Berlin"
  flexible_window_minutes = 15

  target = { queue_arn = module.queue.queue_arn, input = jsonencode({ report = "unpaid orders" }) }
}
