mock_provider "aws" {
  source          = "../../terraform/testing"
  override_during = plan
}

override_data {
  target          = data.aws_ssm_parameter.this["bus_arn"]
  override_during = plan

  values = { insecure_value = "arn:aws:events:eu-west-1:111122223333:event-bus/orderflow-dev-orders" }
}

override_data {
  target          = data.aws_ssm_parameter.this["bus_name"]
  override_during = plan

  values = { insecure_value = "orderflow-dev-orders" }
}

variables {
  environment  = "dev"
  packages_dir = "tests/packages"
}

run "the_bus_is_looked_up_and_names_have_the_team_prefix" {
  command = plan
  assert {
    condition     = [for parameter in data.aws_ssm_parameter.this : parameter.name] == ["/orderflow/dev/bus_arn", "/orderflow/dev/bus_name"]
    error_message = "The bus must be looked up under var.project and var.environment."
  }
  assert {
    condition     = alltrue([for name in [module.inbox.queue_name, module.marketplace_orders.function_name] : startswith(name, "marketplace-dev-")])
    error_message = "Every name must begin with the team's prefix; the key policy covers no other names."
  }
}

run "the_role_may_only_place_orders_as_a_partner" {
  command = plan
  assert {
    condition = local.place_orders_statement == {
      actions   = ["events:PutEvents"]
      resources = ["arn:aws:events:eu-west-1:111122223333:event-bus/orderflow-dev-orders"]
      conditions = [
        { test = "StringEquals", variable = "events:source", values = ["orderflow.partner"] },
        { test = "StringEquals", variable = "events:detail-type", values = ["OrderPlaced"] },
      ]
    }
    error_message = "The IAM statement must allow PutEvents only to the bus, from the partner's source and for OrderPlaced."
  }
}

run "a_team_named_like_the_project_is_refused" {
  command = plan
  variables { team = "orderflow" }
  expect_failures = [var.team]
}
