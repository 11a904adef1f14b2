variable "payment_provider_api_key" {
  type      = string
  sensitive = true
}

module "rule" {
  source = "../.."

  name          = "shop-dev-payments"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ source = ["shop.finance"], detail-type = ["PaymentRequested"] })

  targets = {
    provider = {
      api_destination = {
        endpoint               = "https://payments.example.com/v1/payments"
        invocations_per_second = 20

        # A provider that is slow sees the call again: by this key it knows that it has.
        header_parameters = { "Idempotency-Key" = "$.detail.data.idempotency_key" }

        connection = { api_key = { header = "X-Api-Key" } }
      }
      input = { path = "$.detail.data" }
    }
  }

  connection_secrets = { provider = var.payment_provider_api_key }
}
