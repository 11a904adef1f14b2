module "pipeline" {
  source = "../../pipeline"

  project      = local.project
  environment  = local.environment
  packages_dir = var.packages_dir

  storefront = local.storefront
  webhooks   = local.webhooks

  payment_provider_endpoint = var.payment_provider_endpoint == null ? local.payment_provider_endpoint : var.payment_provider_endpoint
  payment_provider_api_key  = var.payment_provider_api_key
  carrier_endpoint          = var.carrier_endpoint == null ? local.carrier_endpoint : var.carrier_endpoint
  carrier_api_key           = var.carrier_api_key
  partner_calls_per_second  = local.partner_calls_per_second

  forwarded_events     = local.forwarded_events
  orders               = local.orders
  stream_readers       = local.stream_readers
  subscriptions        = local.subscriptions
  notice_subscriptions = local.notice_subscriptions
  sizing               = local.sizing

  analytics           = local.analytics
  schema_registry     = local.schema_registry
  retention           = local.retention
  deletion_protection = local.deletion_protection
  alarm_destinations  = local.alarm_destinations
}
