variable "function_arn" { type = string }

# The rule runs on the default bus, in UTC. The module `schedule` uses EventBridge Scheduler, which supports time zones and flexible windows.
module "rule" {
  source              = "../.."
  name                = "shop-dev-sweep"
  schedule_expression = "rate(5 minutes)"

  targets = { sweep = { lambda = { function_arn = var.function_arn }, input = { constant = jsonencode({ older_than_minutes = 30 }) } } }
}
