# Rules that send requests to the payment provider, only for events of their producers in this account and never for replays (the
# module adds account and replay-name to the pattern), with an idempotency key by which the provider recognises a repeated request.
module "payment_request_rule" {
  source        = "../modules/event_rule"
  name          = "${local.prefix}-payment-request"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode({ source = local.sources_by_type.PaymentRequested, detail-type = ["PaymentRequested"] })

  targets = {
    provider = {
      api_destination = merge(local.payment_provider_call, { endpoint = "${var.payment_provider.endpoint}/payments" })
      input           = { path = "$.detail.data" }
      # No retries after the payment term, when the provider is asked to void the payment request. EventBridge accepts no maximum event age below 60 s.
      retry = { maximum_attempts = 185, maximum_age_seconds = max(60, min(var.orders.payment_term_seconds, 86400)) }
    }
  }

  connection_secrets       = { provider = var.payment_provider.api_key }
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn
}

module "refund_request_rule" {
  source        = "../modules/event_rule"
  name          = "${local.prefix}-refund-request"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode({ source = local.sources_by_type.RefundRequested, detail-type = ["RefundRequested"] })

  targets = {
    provider = {
      api_destination = merge(local.payment_provider_call, { endpoint = "${var.payment_provider.endpoint}/refunds" })
      input           = { path = "$.detail.data" }
      # A refund stays due, so it is retried for as long as EventBridge allows.
      retry = { maximum_attempts = 185, maximum_age_seconds = 86400 }
    }
  }

  connection_secrets       = { provider = var.payment_provider.api_key }
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn
}

# After the payment term the provider is asked to void the payment request. The deadline check repeats this until the provider answers.
module "void_request_rule" {
  source        = "../modules/event_rule"
  name          = "${local.prefix}-void-request"
  bus_name      = module.bus.bus_name
  event_pattern = jsonencode({ source = local.sources_by_type.PaymentDeadlinePassed, detail-type = ["PaymentDeadlinePassed"] })

  targets = {
    provider = {
      api_destination = merge(local.payment_provider_call, {
        endpoint          = "${var.payment_provider.endpoint}/voids"
        header_parameters = merge(local.payment_provider_call.header_parameters, { "Idempotency-Key" = "$.detail.metadata.event_id" })
      })
      input = { path = "$.detail.data" }
      retry = { maximum_attempts = 185, maximum_age_seconds = 3600 }
    }
  }

  connection_secrets       = { provider = var.payment_provider.api_key }
  kms_key_arn              = var.kms_key_arn
  permissions_boundary_arn = var.permissions_boundary_arn
  alarm_topic_arn          = module.alarms.topic_arn
}

locals {
  partner_connection = { api_key = { header = "X-Api-Key" }, kms_key_arn = var.kms_key_arn }

  payment_provider_call = {
    invocations_per_second = var.payment_provider.calls_per_second
    connection             = local.partner_connection
    header_parameters      = { "Idempotency-Key" = "$.detail.data.idempotency_key", "X-Correlation-Id" = "$.detail.metadata.correlation_id" }
  }
}
