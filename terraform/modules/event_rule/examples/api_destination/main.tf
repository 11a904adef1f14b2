variable "payment_provider_api_key" {
  type      = string
  sensitive = true
}

variable "erp_password" {
  type      = string
  sensitive = true
}

variable "crm_client_secret" {
  type      = string
  sensitive = true
}

module "rule" {
  source             = "../.."
  name               = "shop-dev-partners"
  bus_name           = "shop-dev-orders"
  event_pattern      = jsonencode({ source = ["shop.finance"], detail-type = ["PaymentRequested"] })
  connection_secrets = { provider = var.payment_provider_api_key, erp = var.erp_password, crm = var.crm_client_secret }

  targets = {
    provider = {
      api_destination = {
        endpoint               = "https://payments.example.com/v1/payments"
        invocations_per_second = 20
        connection             = { api_key = { header = "X-Api-Key" } }

        # EventBridge retries a call that times out; the provider recognises the retry by this key.
        header_parameters = { "Idempotency-Key" = "$.detail.data.idempotency_key" }
      }
      input = { path = "$.detail.data" }
    }

    erp = { api_destination = {
      endpoint         = "https://erp.example.com/orders/*/payment"
      method           = "PUT"
      path_parameters  = ["$.detail.data.order_id"]
      query_parameters = { currency = "$.detail.data.currency" }
      connection       = { basic = { username = "shop" } }
    } }

    crm = { api_destination = {
      endpoint = "https://crm.example.com/payments"
      connection = { oauth = {
        token_endpoint  = "https://login.example.com/oauth2/token"
        client_id       = "shop"
        body_parameters = { grant_type = "client_credentials", scope = "payments" }
      } }
    } }
  }
}
