module "bucket" {
  source                    = "../../../terraform/modules/bucket"
  name                      = "${local.name}-lake"
  kms_key_arn               = module.key.key_arn
  eventbridge_notifications = true
  deletable                 = true
  expirations               = { records = { days = 1 } }
}
