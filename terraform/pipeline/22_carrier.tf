# This rule notifies the carrier of each shipment through an API destination, if an endpoint is configured.
module "shipment_notice_rule" {
  source   = "../modules/event_rule"
  for_each = { for carrier in var.carrier[*] : "carrier" => carrier.endpoint }

  name          = "${local.prefix}-shipment-notice"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode({ source = local.sources_by_type.OrderShipped, detail-type = ["OrderShipped"] })

  targets = {
    carrier = {
      api_destination = {
        endpoint               = "${each.value}/shipments"
        invocations_per_second = var.carrier.calls_per_second
        connection             = local.partner_connection
        header_parameters      = { "Idempotency-Key" = "$.detail.data.shipment_id", "X-Correlation-Id" = "$.detail.metadata.correlation_id" }
      }
      input = { path = "$.detail.data" }
      retry = { maximum_attempts = 185, maximum_age_seconds = 86400 }
    }
  }

  connection_secrets       = { carrier = var.carrier.api_key }
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn
}
