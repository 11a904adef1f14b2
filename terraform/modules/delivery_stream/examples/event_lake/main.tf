module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "bucket" {
  source      = "../../../bucket"
  name        = "shop-dev-events"
  kms_key_arn = module.key.key_arn
  expirations = { events = { days = 400 } }
}

# Complete events, as EventBridge sends them: s3://shop-dev-events/events/date=2026-11-23/type=OrderPlaced/...gz
module "stream" {
  source      = "../.."
  name        = "shop-dev-events"
  bucket_arn  = module.bucket.bucket_arn
  kms_key_arn = module.key.key_arn

  partitions = [{ name = "date", query = ".time[0:10]" }, { name = "type", query = ".[\"detail-type\"]" }]
}
