module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}

resource "aws_cloudwatch_log_group" "journal" {
  name              = "/aws/events/shop-dev-journal"
  retention_in_days = 365
  kms_key_id        = module.key.key_arn
}

module "rule" {
  source = "../.."

  name          = "shop-dev-journal"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ source = [{ prefix = "shop." }] })

  targets = { journal = { log_group = { log_group_arn = aws_cloudwatch_log_group.journal.arn } } }
}
