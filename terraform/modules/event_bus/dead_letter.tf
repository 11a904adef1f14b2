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

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = local.dead_letter_arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "UndeliveredEvents"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.dead_letter_arn
        Condition = { ArnEquals = { "aws:SourceArn" = local.bus_arn } }
      },
    ]
  })

  lifecycle {
    precondition {
      condition     = length(local.dead_letter_name) <= 80
      error_message = "Shorten `name`: the bus's dead-letter queue '${local.dead_letter_name}' would be longer than the 80 characters SQS allows."
    }
  }
}
