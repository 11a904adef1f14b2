variable "crm_client_secret" {
  type      = string
  sensitive = true
}

module "rule" {
  source = "../.."

  name          = "shop-dev-crm"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ source = ["shop.customer_service"], detail-type = ["CaseOpened"] })

  targets = {
    crm = {
      api_destination = {
        endpoint = "https://crm.example.com/cases"
        connection = {
          oauth = {
            token_endpoint  = "https://login.example.com/oauth2/token"
            client_id       = "shop"
            body_parameters = { grant_type = "client_credentials", scope = "cases" }
          }
        }
      }
    }
  }

  connection_secrets = { crm = var.crm_client_secret }
}
