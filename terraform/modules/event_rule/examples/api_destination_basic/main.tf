variable "erp_password" {
  type      = string
  sensitive = true
}

module "rule" {
  source = "../.."

  name          = "shop-dev-erp"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ source = ["shop.warehouse"], detail-type = ["OrderShipped"] })

  targets = {
    erp = {
      api_destination = {
        endpoint         = "https://erp.example.com/orders/*/shipment"
        method           = "PUT"
        path_parameters  = ["$.detail.data.order_id"]
        query_parameters = { carrier = "$.detail.data.carrier" }
        connection       = { basic = { username = "shop" } }
      }
    }
  }

  connection_secrets = { erp = var.erp_password }
}
