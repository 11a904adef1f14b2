# API destinations: the three authorization types, and every parameter that can be added to a request.
module "calls" {
  source           = "../../../terraform/modules/event_rule"
  name             = "${local.name}-calls"
  bus_name         = module.bus.bus_name
  event_pattern    = jsonencode({ source = ["shop.calls"] })
  external_effects = true
  alarm_topic_arn  = module.alarms.topic_arn

  targets = {
    api_key = {
      api_destination = {
        endpoint               = "${var.receiver}/api-key"
        invocations_per_second = 20
        header_parameters      = { "Idempotency-Key" = "$.detail.order_id" }
        connection             = { api_key = { header = "X-Api-Key" } }
      }
      input = { path = "$.detail" }
    }
    basic = {
      api_destination = {
        endpoint         = "${var.receiver}/basic/*"
        method           = "PUT"
        path_parameters  = ["$.detail.order_id"]
        query_parameters = { source = "$.source" }
        connection       = { basic = { username = "shop" } }
      }
    }
    oauth = {
      api_destination = {
        endpoint = "${var.receiver}/oauth"
        connection = {
          oauth = {
            token_endpoint  = "${var.receiver}/token"
            client_id       = "shop"
            body_parameters = { grant_type = "client_credentials", scope = "orders" }
          }
        }
      }
    }
  }

  connection_secrets = { api_key = "the-key", basic = "the-password", oauth = "the-secret" }
}
