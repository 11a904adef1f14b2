# One rule for each comparison operator. Each sends its name and the event's number to the queue.
locals {
  patterns = {
    prefix             = { detail = { sku = [{ prefix = "TEA-" }] } }
    suffix             = { detail = { file = [{ suffix = ".csv" }] } }
    wildcard           = { detail = { path = [{ wildcard = "store/*/till-?" }] } }
    anything_but       = { detail = { channel = [{ anything-but = ["pos"] }] } }
    numeric            = { detail = { amount = [{ numeric = [">=", 100, "<", 200] }] } }
    exists             = { detail = { coupon = [{ exists = true }] } }
    cidr               = { detail = { ip = [{ cidr = "10.1.0.0/16" }] } }
    equals_ignore_case = { detail = { country = [{ equals-ignore-case = "nl" }] } }
    or                 = { detail = { "$or" = [{ gift = [true] }, { weight = [{ numeric = [">", 30] }] }] } }
  }
}

module "pattern" {
  source   = "../../../terraform/modules/event_rule"
  for_each = local.patterns

  name          = "${local.name}-${replace(each.key, "_", "-")}"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode(merge({ source = ["shop.patterns"] }, each.value))

  targets = {
    received = {
      sqs   = { queue_arn = module.received["pattern"].queue_arn }
      input = { template = "{\"rule\": \"${each.key}\", \"number\": <number>}", values = { number = "$.detail.number" } }
    }
  }
}
