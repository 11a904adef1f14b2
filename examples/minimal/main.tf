# event ─> bus ─ rule ─> record ─> orders (table) ─ stream ─> announce ─> changes (topic) ─ filter ─> warehouse (queue)
terraform {
  required_version = ">= 1.11"
  required_providers { aws = { source = "hashicorp/aws", version = ">= 5.100.0, < 7.0.0" } }
}

variable "name" {
  description = "Prefix of every resource name, so that the example can be applied twice in one account."
  type        = string
  default     = "minimal"
}

module "key" {
  source = "../../terraform/modules/environment_key"
  name   = "${var.name}-dev"
}

module "bus" {
  source      = "../../terraform/modules/event_bus"
  name        = "${var.name}-dev-orders"
  kms_key_arn = module.key.key_arn
}

module "rule" {
  source        = "../../terraform/modules/event_rule"
  name          = "${var.name}-dev-record"
  bus_name      = module.bus.bus_name
  kms_key_arn   = module.key.key_arn
  event_pattern = jsonencode({ source = [{ prefix = "shop." }], detail-type = ["OrderChanged"] })
  targets       = { record = { lambda = { function_arn = module.record.function_arn } } }
}

module "record" {
  source      = "../../terraform/modules/function"
  name        = "${var.name}-dev-record"
  code        = { package = "${path.module}/shop.zip", handler = "shop.record" }
  kms         = { key_arn = module.key.key_arn }
  invocation  = { mode = "asynchronous" }
  environment = { ORDERS_TABLE = module.orders.table_name }
  permissions = { write_orders = { actions = ["dynamodb:PutItem"], resources = [module.orders.table_arn] } }
}

module "orders" {
  source           = "../../terraform/modules/table_with_stream"
  name             = "${var.name}-dev-orders"
  kms_key_arn      = module.key.key_arn
  attributes       = { order_id = "S" }
  key              = { hash = "order_id" }
  stream_view_type = "NEW_IMAGE"
  protection       = { deletion = false }
}

module "announce" {
  source         = "../../terraform/modules/function"
  name           = "${var.name}-dev-announce"
  code           = { package = "${path.module}/shop.zip", handler = "shop.announce" }
  kms            = { key_arn = module.key.key_arn }
  invocation     = { mode = "polled" }
  environment    = { CHANGES_TOPIC = module.changes.topic_arn }
  permissions    = { announce_changes = { actions = ["sns:Publish"], resources = [module.changes.topic_arn] } }
  stream_sources = { orders = { stream_arn = module.orders.stream_arn, failure_bucket_arn = module.failure_bucket.bucket_arn } }
}

module "failure_bucket" {
  source      = "../../terraform/modules/bucket"
  name        = "${var.name}-dev-failures-${data.aws_caller_identity.this.account_id}"
  kms_key_arn = module.key.key_arn
  expirations = { failed_records = { days = 14 } }
}

module "changes" {
  source      = "../../terraform/modules/topic"
  name        = "${var.name}-dev-changes"
  audience    = "systems"
  kms_key_arn = module.key.key_arn
}

module "subscriptions" {
  source      = "../../terraform/modules/subscriptions"
  name        = module.changes.topic_name
  topic       = module.changes.topic
  kms_key_arn = module.key.key_arn
  subscriptions = {
    warehouse = {
      protocol             = "sqs"
      endpoint             = module.warehouse.queue_arn
      raw_message_delivery = true
      filter_policy_scope  = "MessageBody"
      filter_policy        = jsonencode({ status = ["paid"] })
    }
  }
}

module "warehouse" {
  source          = "../../terraform/modules/queue"
  name            = "${var.name}-dev-warehouse"
  kms_key_arn     = module.key.key_arn
  allowed_senders = { topic = { service = "sns.amazonaws.com", source_arn = module.changes.topic_arn } }
}

data "aws_caller_identity" "this" {}

output "bus_name" { value = module.bus.bus_name }
output "warehouse_queue_url" { value = module.warehouse.queue_url }
