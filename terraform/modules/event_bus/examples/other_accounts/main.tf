module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

module "bus" {
  source      = "../.."
  name        = "shop-dev-orders"
  kms_key_arn = module.key.key_arn

  senders = {
    # One partner account, for one event type.
    partner_shop = { accounts = ["444455556666"], sources = ["partner.shop"], detail_types = ["OrderPlaced"] }

    # Every account of the organization, for one event source.
    stores = { organization_id = "o-abcdefghij", sources = ["stores.till"] }
  }
}
