variable "state_machine_arn" { type = string }

module "rule" {
  source = "../.."

  name          = "shop-dev-returns"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ source = ["shop.returns"], detail-type = ["ReturnRequested"] })

  targets = { returns = { step_functions = { state_machine_arn = var.state_machine_arn }, input = { path = "$.detail" } } }
}
