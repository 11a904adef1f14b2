module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

# Every comparison operator. An event matches if each key matches at least one entry of its list, and at least one object under `$or` matches.
module "rule" {
  source   = "../.."
  name     = "shop-dev-review"
  bus_name = "shop-dev-orders"
  event_pattern = jsonencode({
    source      = [{ prefix = "shop." }, { suffix = ".partner" }]
    detail-type = [{ wildcard = "Order*" }, { equals-ignore-case = "orderplaced" }]
    detail = {
      data = {
        channel = [{ anything-but = ["pos"] }]
        total   = { amount = [{ numeric = [">=", 100000] }] }
        coupon  = [{ exists = false }]
        "$or"   = [{ client_ip = [{ cidr = "10.0.0.0/8" }] }, { shipping_address = { country = [{ anything-but = { prefix = "NL" } }] } }]
      }
    }
  })
  exclude_replays = true

  targets = { review = { sqs = { queue_arn = module.queue.queue_arn } } }
}

module "queue" {
  source      = "../../../queue"
  name        = "shop-dev-review"
  kms_key_arn = module.key.key_arn

  allowed_senders = { rule = { service = "events.amazonaws.com", source_arn = module.rule.rule_arn } }
}
