module "key" {
  source = "../.."
  name   = "shop-dev"
}

# Everything named shop-dev-* may use it.
resource "aws_sns_topic" "alarms" {
  name              = "shop-dev-alarms"
  kms_master_key_id = module.key.key_arn
}
