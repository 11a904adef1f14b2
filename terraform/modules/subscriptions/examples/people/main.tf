# The ARN that `sns:CreatePlatformEndpoint` returned when the app registered this device.
variable "device_endpoint_arn" { type = string }

module "subscriptions" {
  source      = "../.."
  name        = module.topic.topic_name
  topic       = module.topic.topic
  kms_key_arn = module.key.key_arn

  subscriptions = {
    # Each address gets a confirmation link; until it is used, `pending_confirmations` lists the subscription.
    support = { protocol = "email", endpoint = "support@example.com", filter_policy = jsonencode({ kind = ["cancelled", "refunding"] }) }
    archive = { protocol = "email-json", endpoint = "archive@example.com" }
    on_call = { protocol = "sms", endpoint = "+31201234567" }
    app     = { protocol = "application", endpoint = var.device_endpoint_arn }
  }
}

module "topic" {
  source      = "../../../topic"
  name        = "shop-dev-notices"
  audience    = "people"
  kms_key_arn = module.key.key_arn
}

module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}
