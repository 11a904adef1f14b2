# Invalid inputs, one mistake per module: the errors of a plan must name each mistake and say what to do instead.
locals {
  queue  = "arn:aws:sqs:eu-west-1:000000000000:shop-intake"
  orders = { arn = "arn:aws:sns:eu-west-1:000000000000:shop-orders", audience = "systems" }
}

module "sms_number" {
  source        = "../../../terraform/modules/subscriptions"
  name          = "shop-notices"
  topic         = { arn = "arn:aws:sns:eu-west-1:000000000000:shop-notices", audience = "people" }
  subscriptions = { on_call = { protocol = "sms", endpoint = "0201234567" } }
}

module "email_on_systems_topic" {
  source        = "../../../terraform/modules/subscriptions"
  name          = "shop-orders"
  topic         = local.orders
  subscriptions = { desk = { protocol = "email", endpoint = "desk@example.com" } }
}

module "filter_keys" {
  source = "../../../terraform/modules/subscriptions"
  name   = "shop-orders"
  topic  = local.orders
  subscriptions = { audit = {
    protocol      = "sqs"
    endpoint      = local.queue
    filter_policy = jsonencode({ a = ["1"], b = ["1"], c = ["1"], d = ["1"], e = ["1"], f = ["1"] })
  } }
}

module "filter_nesting" {
  source = "../../../terraform/modules/subscriptions"
  name   = "shop-orders"
  topic  = local.orders
  subscriptions = { audit = {
    protocol      = "sqs"
    endpoint      = local.queue
    filter_policy = jsonencode({ data = { status = ["paid"] } })
  } }
}

module "schedule_with_pattern" {
  source              = "../../../terraform/modules/event_rule"
  name                = "shop-sweep"
  schedule_expression = "rate(5 minutes)"
  event_pattern       = jsonencode({ source = ["shop"] })
  targets             = { intake = { sqs = { queue_arn = local.queue } } }
}

module "target_without_block" {
  source        = "../../../terraform/modules/event_rule"
  name          = "shop-intake"
  event_pattern = jsonencode({ source = ["shop"] })
  targets       = var.targets_without_destination_block
}

module "pattern_length" {
  source        = "../../../terraform/modules/event_rule"
  name          = "shop-intake"
  event_pattern = jsonencode({ source = [for n in range(300) : "shop.${n}"] })
  targets       = { intake = { sqs = { queue_arn = local.queue } } }
}

module "pattern_operator" {
  source        = "../../../terraform/modules/event_rule"
  name          = "shop-intake"
  event_pattern = jsonencode({ source = [{ prefx = "shop." }] })
  targets       = { intake = { sqs = { queue_arn = local.queue } } }
}

resource "terraform_data" "status_unknown_at_plan" { input = "paid" }

module "body_filter_unknown_at_plan" {
  source = "../../../terraform/modules/subscriptions"
  name   = "shop-orders"
  topic  = local.orders
  subscriptions = { audit = {
    protocol            = "sqs"
    endpoint            = local.queue
    filter_policy_scope = "MessageBody"
    filter_policy       = jsonencode({ status = [terraform_data.status_unknown_at_plan.output] })
  } }
}

module "discovery_with_key" {
  source           = "../../../terraform/modules/event_bus"
  name             = "shop-orders"
  kms_key_arn      = "arn:aws:kms:eu-west-1:000000000000:key/11111111-2222-3333-4444-555555555555"
  schema_discovery = true
}

# These targets are in a variable because Terraform rejects an invalid constant before it evaluates the other modules.
variable "targets_without_destination_block" {
  type    = map(object({ retry = map(number) }))
  default = { intake = { retry = { maximum_attempts = 3 } } }
}
