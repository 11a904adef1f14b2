module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "bucket" {
  source                    = "../.."
  name                      = "shop-dev-till-files"
  kms_key_arn               = module.key.key_arn
  eventbridge_notifications = true

  expirations = { receipts = { prefix = "receipts/", days = 30 }, reports = { prefix = "reports/", days = 90 } }
}
