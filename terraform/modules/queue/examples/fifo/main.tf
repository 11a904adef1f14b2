module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "queue" {
  source      = "../.."
  name        = "shop-dev-invoices"
  kms_key_arn = module.key.key_arn
  fifo        = { content_based_deduplication = true }
}
