locals {
  dead_letter_name = "${local.label}-bus-dlq"
  dead_letter_arn  = "arn:${local.partition}:sqs:${local.region}:${local.account}:${local.dead_letter_name}"
}

# Takes the events that the bus itself cannot process because its customer key is disabled, deleted or closed to EventBridge.
# So this one queue is encrypted with SQS's own key: behind the lost key it would refuse the very events it is for.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html
resource "aws_sqs_queue" "dead_letter" {
  name                      = local.dead_letter_name
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true

  policy = module.dead_letter_policy.json

  lifecycle {
    precondition {
      condition     = length(local.dead_letter_name) <= 80
      error_message = "Shorten `name`: the bus's dead-letter queue '${local.dead_letter_name}' would be longer than the 80 characters SQS allows."
    }
  }
}

module "dead_letter_policy" {
  source = "../policy_document"

  statements = [
    {
      sid        = "DenyPlainHttp"
      effect     = "Deny"
      principals = { AWS = ["*"] }
      actions    = ["sqs:*"]
      resources  = [local.dead_letter_arn]
      conditions = [{ test = "Bool", variable = "aws:SecureTransport", values = ["false"] }]
    },
    {
      sid        = "UndeliveredEvents"
      principals = { Service = ["events.amazonaws.com"] }
      actions    = ["sqs:SendMessage"]
      resources  = [local.dead_letter_arn]
      conditions = [{ test = "ArnEquals", variable = "aws:SourceArn", values = [local.bus_arn] }]
    },
  ]
}
