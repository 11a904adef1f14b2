# The queue receives the events that the bus itself cannot process because its customer managed key is disabled, deleted or denied to EventBridge.
# This queue uses SQS-managed encryption: a queue with the bus's key could not receive events while that key is unusable.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html
module "dead_letter_queue" {
  source = "../dead_letter_queue"
  name   = "${local.resource_name}-bus"
  sender = { service = "events.amazonaws.com", source_arns = [local.bus_arn] }
  tags   = var.tags

  alarm = {
    description = "The bus ${var.name} could not process events, for example because of its encryption key."
    kind        = "event_bus-dead-letter"
    topic_arn   = var.alarm_topic_arn
  }
}
