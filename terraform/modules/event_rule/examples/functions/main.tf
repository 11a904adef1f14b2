variable "function_arn" { type = string }
variable "state_machine_arn" { type = string }

module "rule" {
  source        = "../.."
  name          = "shop-dev-returns"
  bus_name      = "shop-dev-orders"
  event_pattern = jsonencode({ source = ["shop.returns"], detail-type = ["ReturnRequested"] })

  targets = {
    worker  = { lambda = { function_arn = var.function_arn }, retry = { maximum_attempts = 10, maximum_age_seconds = 900 } }
    returns = { step_functions = { state_machine_arn = var.state_machine_arn }, input = { path = "$.detail" } }
  }
}
