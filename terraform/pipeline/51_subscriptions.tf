# Every subscriber of the topic: a new one is one entry here, or in `subscriptions` of an environment.
module "subscriptions" {
  source = "../modules/subscriptions"

  name            = "${local.prefix}-order-changes"
  topic           = module.topic.topic
  kms_key_arn     = module.key.key_arn
  alarm_topic_arn = module.alarms.topic_arn

  subscriptions = merge(var.subscriptions, {
    finance = {
      protocol             = "sqs"
      endpoint             = local.queue_arn.finance
      raw_message_delivery = true
      filter_policy_scope  = "MessageBody"
      filter_policy = jsonencode({
        metadata = { event_type = ["OrderChanged"] }
        data     = { changed_fields = ["total", "payments", "refunds"] }
      })
    }

    # Goods sold at a till have left with the customer: the warehouse has nothing to do.
    warehouse = {
      protocol             = "sqs"
      endpoint             = local.queue_arn.warehouse
      raw_message_delivery = true
      filter_policy_scope  = "MessageBody"
      filter_policy = jsonencode({
        metadata = { event_type = ["OrderChanged"] }
        data     = { channel = ["web", "mobile", "partner"], status = ["placed", "paid", "cancelled", "refunding"] }
      })
    }

    customer_service = {
      protocol             = "sqs"
      endpoint             = local.queue_arn.customer_service
      raw_message_delivery = true
      filter_policy_scope  = "MessageBody"
      filter_policy = jsonencode({
        metadata = { event_type = ["OrderChanged"] }
        data     = { channel = [{ anything-but = ["pos"] }], changed_fields = ["status", "refunds"] }
      })
    }
  })
}
