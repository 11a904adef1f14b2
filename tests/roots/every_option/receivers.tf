locals {
  senders = {
    target    = { rule = { service = "events.amazonaws.com", source_arn = module.target_rule.rule_arn } }
    other_bus = { rule = { service = "events.amazonaws.com", source_arn = module.other_bus_rule.rule_arn } }
    schedule  = { rule = { service = "events.amazonaws.com", source_arn = module.schedule_rule.rule_arn } }
    pattern = { for name in keys(local.patterns) : name => {
      # The ARNs are built from names, because reading them from the rules would make the queue and the rules depend on each other.
      service    = "events.amazonaws.com"
      source_arn = "arn:aws:events:eu-west-1:${data.aws_caller_identity.this.account_id}:rule/${local.name}-orders/${local.name}-${replace(name, "_", "-")}"
    } }
    notices   = { topic = { service = "sns.amazonaws.com", source_arn = module.notices.topic_arn } }
    body      = { topic = { service = "sns.amazonaws.com", source_arn = module.orders.topic_arn } }
    attribute = { topic = { service = "sns.amazonaws.com", source_arn = module.orders.topic_arn } }
    function  = {}
  }
}

# Queues that store received messages, one per kind of sender.
module "received" {
  source   = "../../../terraform/modules/queue"
  for_each = local.senders

  name            = "${local.name}-received-${replace(each.key, "_", "-")}"
  kms_key_arn     = module.key.key_arn
  allowed_senders = each.value
  alarm_topic_arn = module.alarms.topic_arn
}

module "fifo" {
  source          = "../../../terraform/modules/queue"
  name            = "${local.name}-fifo"
  kms_key_arn     = module.key.key_arn
  fifo            = { content_based_deduplication = true }
  allowed_senders = { rule = { service = "events.amazonaws.com", source_arn = module.target_rule.rule_arn } }
}

# A function that sends each event it receives to a queue.
module "echo" {
  source      = "../../../terraform/modules/function"
  name        = "${local.name}-echo"
  code        = { package = var.package, handler = "echo.handler.handler" }
  kms         = { key_arn = module.key.key_arn }
  invocation  = { mode = "asynchronous" }
  environment = { QUEUE_URL = module.received["function"].queue_url }

  permissions = { send = { actions = ["sqs:SendMessage"], resources = [module.received["function"].queue_arn] } }
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
