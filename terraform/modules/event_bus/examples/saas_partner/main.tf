# The partner, here a carrier, creates the event source in this account; `aws events list-event-sources` shows its name.
locals { event_source = "aws.partner/example.com/111122223333/parcels" }

module "bus" {
  source                    = "../.."
  name                      = local.event_source
  partner_event_source_name = local.event_source
}

# The partner's event is mapped to our contract before any of our functions receives it.
module "deliveries" {
  source        = "../../../event_rule"
  name          = "shop-dev-parcels-delivered"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode({ source = [local.event_source], detail-type = ["parcel.delivered"] })

  targets = {
    intake = {
      sqs = { queue_arn = module.intake.queue_arn }

      input = {
        values = { id = "$.id", order = "$.detail.reference", parcel = "$.detail.parcel", at = "$.detail.delivered_at" }

        template = <<-EOT
          {
            "source": "orderflow.webhooks",
            "detail-type": "OrderDelivered",
            "detail": {
              "metadata": {
                "event_id": "<id>",
                "event_type": "OrderDelivered",
                "schema_version": 1,
                "occurred_at": "<at>",
                "producer": "webhooks",
                "correlation_id": "<id>",
                "causation_id": null
              },
              "data": {"order_id": "<order>", "shipment_id": "<parcel>", "delivered_at": "<at>"}
            }
          }
        EOT
      }
    }
  }
}

module "intake" {
  source          = "../../../queue"
  name            = "shop-dev-intake"
  kms_key_arn     = module.key.key_arn
  allowed_senders = { rule = { service = "events.amazonaws.com", source_arn = module.deliveries.rule_arn } }
}

module "key" {
  source = "../../../environment_key"
  name   = "shop-dev"
}
