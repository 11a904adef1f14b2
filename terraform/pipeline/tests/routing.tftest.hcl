mock_provider "aws" {
  source          = "../testing"
  override_during = plan
}

variables {
  kms_key_arn      = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
  environment      = "dev"
  storefront       = { jwt = { issuer = "https://identity.shop.test", audience = ["storefront"] } }
  payment_provider = { endpoint = "https://payments.shop.test", api_key = "key" }
}

run "each_event_comes_from_those_who_may" {
  command = plan

  assert {
    condition = local.payment_provider_call.header_parameters == {
      "Idempotency-Key"  = "$.detail.data.idempotency_key"
      "X-Correlation-Id" = "$.detail.metadata.correlation_id"
    }
    error_message = "The provider must be able to tell a repeated call, and both sides to speak of the same order."
  }

  assert {
    condition = jsondecode(module.till_file_rule.event_pattern) == {
      account     = ["111122223333"]
      source      = ["aws.s3"]
      detail-type = ["Object Created"]
      detail = {
        bucket = { name = [module.till_files.bucket_name] }
        object = { key = [{ prefix = "incoming/" }] }
      }
    }
    error_message = "Only new objects under incoming/ of the till bucket may start the import, or its own reports would."
  }

  assert {
    condition     = module.till_file_rule.rule_arn == "arn:aws:events:eu-west-1:111122223333:rule/orderflow-dev-till-file"
    error_message = "S3 tells the default bus, so that is where the rule belongs."
  }

  assert {
    condition = module.unknown_event_rule.event_pattern == jsonencode({
      "$or" = [
        { source = [{ anything-but = { wildcard = concat(local.known_sources, ["redrive.*"]) } }] },
        { source = local.known_sources, detail-type = [{ anything-but = sort(keys(local.published_by)) }] },
      ]
    }) && length(local.known_sources) == 7
    error_message = "What no rule knows must be caught, whoever sent it; dead-letter messages on their way back are known."
  }

  assert {
    condition     = length(module.shipment_notice_rule) == 0 && !contains(keys(output.rules), "shipment_notice")
    error_message = "Without an address there is nothing to call."
  }

  assert {
    condition = { for producer, grant in local.publish_grant : producer => {
      for condition in grant.conditions : condition.variable => toset(condition.values)
      } } == {
      storefront_api   = { "events:source" = toset(["orderflow.storefront_api"]), "events:detail-type" = toset(["OrderCancellationRequested", "OrderPlaced"]) }
      pos_import       = { "events:source" = toset(["orderflow.pos_import"]), "events:detail-type" = toset(["OrderPlaced"]) }
      partner          = { "events:source" = toset(["orderflow.partner"]), "events:detail-type" = toset(["OrderPlaced"]) }
      finance          = { "events:source" = toset(["orderflow.finance"]), "events:detail-type" = toset(["PaymentRequested", "RefundRequested"]) }
      warehouse        = { "events:source" = toset(["orderflow.warehouse"]), "events:detail-type" = toset(["OrderShipped", "ShipmentStopped", "StockRejected"]) }
      payment_deadline = { "events:source" = toset(["orderflow.payment_deadline"]), "events:detail-type" = toset(["PaymentDeadlinePassed"]) }
      webhooks = {
        "events:source"      = toset(["orderflow.webhooks"])
        "events:detail-type" = toset(["OrderDelivered", "PaymentCaptured", "PaymentDeclined", "PaymentUnknown", "PaymentVoided", "RefundCompleted"])
      }
    }
    error_message = "A producer must not be able to speak in another's name or of another's matters."
  }

  assert {
    condition     = length(setsubtract([for type in keys(local.published_by) : "${type}.v1"], keys(module.schema_registry["contracts"].schema_arns))) == 0
    error_message = "Every event of the bus has its contract in the registry."
  }
}

run "carrier_hears_of_each_shipment_once" {
  command = plan

  variables { carrier = { endpoint = "https://carrier.shop.test", api_key = "key" } }

  assert {
    condition     = output.rules.shipment_notice.name == "orderflow-dev-shipment-notice"
    error_message = "The rule must be found by its role."
  }
}
