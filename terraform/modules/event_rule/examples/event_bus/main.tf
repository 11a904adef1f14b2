# AWS services send their events to the default bus; this rule forwards those of Amazon S3 to a custom bus.
module "files" {
  source = "../.."
  name   = "shop-dev-till-files"
  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail      = { bucket = { name = ["shop-dev-till-files"] } }
  })

  targets = { orders = { event_bus = { bus_arn = module.bus.bus_arn } } }
}

# The target may be a bus in another Region or account; in another account it must list this account in its `senders`.
module "orders" {
  source        = "../.."
  name          = "shop-dev-to-central"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode({ detail-type = ["OrderPlaced"] })

  targets = { central = { event_bus = { bus_arn = "arn:aws:events:us-east-1:444455556666:event-bus/central" } } }
}

module "bus" {
  source = "../../../event_bus"
  name   = "shop-dev-orders"
}
