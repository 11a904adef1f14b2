# Targets and subscriptions that LocalEmu delivers to and the local cloud does not. Applied by tests, never to AWS.
locals { name = "localemu" }

module "key" {
  source = "../../../terraform/modules/environment_key"
  name   = local.name
}

module "bus" {
  source      = "../../../terraform/modules/event_bus"
  name        = "${local.name}-orders"
  kms_key_arn = module.key.key_arn

  senders = {
    partner_account = { accounts = ["444455556666"], sources = ["shop.partner"], detail_types = ["OrderPlaced"] }
    company         = { organization_id = "o-abcdefghij", sources = ["shop.group"] }
  }
}

module "rule" {
  source        = "../../../terraform/modules/event_rule"
  name          = "${local.name}-streams"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode({ source = ["shop.targets"] })
  kms_key_arn   = module.key.key_arn

  targets = {
    kinesis = {
      kinesis = { stream_arn = aws_kinesis_stream.this.arn, partition_key_path = "$.detail.order_id", kms_key_arn = module.key.key_arn }
    }
    firehose  = { firehose = { stream_arn = aws_kinesis_firehose_delivery_stream.this["events"].arn } }
    log_group = { log_group = { log_group_arn = aws_cloudwatch_log_group.this.arn } }
  }
}

module "remote_bus_rule" {
  source        = "../../../terraform/modules/event_rule"
  name          = "${local.name}-remote"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode({ source = ["shop.targets"] })
  kms_key_arn   = module.key.key_arn

  targets = { for name, arn in var.remote_bus_arns : name => { event_bus = { bus_arn = arn } } }
}

# The rule and log group that `orderflow tail` follows on AWS, under the names that it expects.
module "tap_rule" {
  source        = "../../../terraform/modules/event_rule"
  name          = "orderflow-${local.name}-tap-bus"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode({ source = [{ prefix = "" }] })
  kms_key_arn   = module.key.key_arn
  enabled       = false

  targets = { log = { log_group = { log_group_arn = aws_cloudwatch_log_group.tap.arn } } }
}

resource "aws_cloudwatch_log_group" "tap" {
  name              = "/aws/events/orderflow-${local.name}-tap-bus"
  retention_in_days = 1
  kms_key_id        = module.key.key_arn
}

module "tap_schedule" {
  source      = "../../../terraform/modules/schedule"
  name        = "${local.name}-tap-off"
  expression  = "rate(1 hour)"
  target      = { rule_to_disable = { name = module.tap_rule.rule_name, bus_name = module.bus.bus_name, arn = module.tap_rule.rule_arn } }
  kms_key_arn = module.key.key_arn
}

resource "aws_ssm_parameter" "bus_name" {
  name  = "/orderflow/${local.name}/bus_name"
  type  = "String"
  value = module.bus.bus_name
}
