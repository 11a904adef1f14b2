module "subscriptions" {
  source = "../.."

  name        = module.topic.topic_name
  topic       = module.topic.topic
  kms_key_arn = module.key.key_arn

  subscriptions = {
    # Each address gets a link to confirm by; until then `pending_confirmations` names it.
    desk = { protocol = "email", endpoint = "desk@example.com", filter_policy = jsonencode({ kind = ["cancelled", "refunding"] }) }

    archive = { protocol = "email-json", endpoint = "archive@example.com" }
  }
}

module "topic" {
  source = "../../../topic"

  name        = "shop-dev-notices"
  audience    = "people"
  kms_key_arn = module.key.key_arn
}

module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}
