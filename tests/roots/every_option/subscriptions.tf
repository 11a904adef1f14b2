# Every option except tracing: no emulator supports the resource policies of X-Ray.
module "orders" {
  source          = "../../../terraform/modules/topic"
  name            = "${local.name}-changes"
  audience        = "systems"
  kms_key_arn     = module.key.key_arn
  alarm_topic_arn = module.alarms.topic_arn

  delivery_status = {
    protocols                 = ["application", "firehose", "http", "lambda", "sqs"]
    success_sample_percentage = 100
    log_retention_days        = 1
  }
}

# A filter can depend on a value known only after apply.
resource "terraform_data" "excluded_status" { input = "placed" }

module "orders_subscriptions" {
  source          = "../../../terraform/modules/subscriptions"
  name            = module.orders.topic_name
  topic           = module.orders.topic
  kms_key_arn     = module.key.key_arn
  alarm_topic_arn = module.alarms.topic_arn

  subscriptions = {
    body = {
      protocol             = "sqs"
      endpoint             = module.received["body"].queue_arn
      raw_message_delivery = true
      filter_policy_scope  = "MessageBody"
      filter_policy        = jsonencode({ data = { channel = ["web"], total = { amount = [{ numeric = [">", 10] }] } } })
    }
    attribute = {
      protocol      = "sqs"
      endpoint      = module.received["attribute"].queue_arn
      filter_policy = jsonencode({ status = [{ anything-but = [terraform_data.excluded_status.output] }] })
    }
    function = { protocol = "lambda", endpoint = module.echo.function_arn, filter_policy = jsonencode({ to = ["function"] }) }
  }
}

module "notices" {
  source          = "../../../terraform/modules/topic"
  name            = "${local.name}-notices"
  audience        = "people"
  display_name    = "The Shop"
  kms_key_arn     = module.key.key_arn
  alarm_topic_arn = module.alarms.topic_arn

  publishers = {
    rule    = { service = "events.amazonaws.com", source_arn = module.target_rule.rule_arn }
    files   = { service = "s3.amazonaws.com", source_arn = "arn:aws:s3:::${local.name}-lake" }
    partner = { accounts = ["444455556666"] }
    company = { organization_id = "o-abcdefghij" }
  }
}

module "notices_subscriptions" {
  source      = "../../../terraform/modules/subscriptions"
  name        = module.notices.topic_name
  topic       = module.notices.topic
  kms_key_arn = module.key.key_arn

  subscriptions = {
    queue   = { protocol = "sqs", endpoint = module.received["notices"].queue_arn }
    desk    = { protocol = "email", endpoint = "desk@example.com" }
    archive = { protocol = "email-json", endpoint = "archive@example.com" }
    on_call = { protocol = "sms", endpoint = "+31201234567" }
    app     = { protocol = "application", endpoint = var.device_endpoint_arn }
  }
}

module "app" {
  source           = "../../../terraform/modules/mobile_push"
  name             = "${local.name}-app"
  platform         = "apple"
  credential       = "-----BEGIN PRIVATE KEY-----\nnone\n-----END PRIVATE KEY-----"
  apple            = { key_id = "ABCDE12345", team_id = "FGHIJ67890", bundle_id = "com.example.shop" }
  events_topic_arn = module.alarms.topic_arn
  kms_key_arn      = module.key.key_arn
  alarm_topic_arn  = module.alarms.topic_arn
}
