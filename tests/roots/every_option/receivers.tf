locals {
  senders_to_seen = {
    target    = { rule = { service = "events.amazonaws.com", source_arn = module.near.rule_arn } }
    other_bus = { rule = { service = "events.amazonaws.com", source_arn = module.other_bus_rule.rule_arn } }
    schedule  = { rule = { service = "events.amazonaws.com", source_arn = module.schedule_rule.rule_arn } }
    pattern = { for name in keys(local.patterns) : name => {
      # Constructed: reading the ARNs from the rules would make queue and rules wait for each other.
      service    = "events.amazonaws.com"
      source_arn = "arn:aws:events:eu-west-1:${data.aws_caller_identity.this.account_id}:rule/${local.name}-orders/${local.name}-${replace(name, "_", "-")}"
    } }
    notices   = { topic = { service = "sns.amazonaws.com", source_arn = module.notices.topic_arn } }
    body      = { topic = { service = "sns.amazonaws.com", source_arn = module.orders.topic_arn } }
    attribute = { topic = { service = "sns.amazonaws.com", source_arn = module.orders.topic_arn } }
    function  = {}
  }
}

# The received messages, by origin.
module "seen" {
  source   = "../../../terraform/modules/queue"
  for_each = local.senders_to_seen

  name            = "${local.name}-seen-${replace(each.key, "_", "-")}"
  kms_key_arn     = module.key.key_arn
  allowed_senders = each.value
  alarm_topic_arn = module.alarms.topic_arn
}

module "fifo" {
  source          = "../../../terraform/modules/queue"
  name            = "${local.name}-fifo"
  kms_key_arn     = module.key.key_arn
  fifo            = { content_based_deduplication = true }
  allowed_senders = { rule = { service = "events.amazonaws.com", source_arn = module.near.rule_arn } }
}

# Sends the event that invoked it to a queue.
module "echo" {
  source      = "../../../terraform/modules/function"
  name        = "${local.name}-echo"
  code        = { package = var.package, handler = "echo.handler.handler" }
  kms         = { key_arn = module.key.key_arn }
  invocation  = { mode = "asynchronous" }
  environment = { SEEN_QUEUE_URL = module.seen["function"].queue_url }

  permissions = { tell = { actions = ["sqs:SendMessage"], resources = [module.seen["function"].queue_arn] } }
}

resource "aws_sfn_state_machine" "this" {
  name       = "${local.name}-returns"
  role_arn   = aws_iam_role.machine.arn
  definition = jsonencode({ StartAt = "Keep", States = { Keep = { Type = "Pass", End = true } } })
}

resource "aws_iam_role" "machine" {
  name = "${local.name}-returns"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Sid = "Machine", Effect = "Allow", Principal = { Service = ["states.amazonaws.com"] }, Action = ["sts:AssumeRole"] }]
  })
}
