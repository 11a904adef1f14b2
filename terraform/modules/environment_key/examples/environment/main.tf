module "key" {
  source = "../.."
  name   = "shop-dev"
}

# The key policy lets EventBridge and CloudWatch alarms publish to topics named shop-dev-*.
resource "aws_sns_topic" "alarms" {
  name              = "shop-dev-alarms"
  kms_master_key_id = module.key.key_arn
}
