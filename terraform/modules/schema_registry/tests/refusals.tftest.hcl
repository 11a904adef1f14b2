mock_provider "aws" { source = "../../testing" }

variables {
  name      = "orderflow-dev"
  contracts = { "OrderPlaced.v1" = "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"type\":\"object\"}" }
}

run "the_registry_that_eventbridge_fills_itself_and_no_contract_are_refused" {
  command = plan
  variables {
    name      = "discovered-schemas"
    contracts = {}
  }
  expect_failures = [var.name, var.contracts]
}

run "a_contract_name_with_a_slash_is_refused" {
  command = plan
  variables { contracts = { "orders/OrderPlaced" = "{\"$schema\":\"http://json-schema.org/draft-04/schema#\"}" } }
  expect_failures = [var.contracts]
}

run "a_contract_of_a_later_draft_is_refused" {
  command = plan
  variables { contracts = { "OrderPlaced.v1" = "{\"$schema\":\"http://json-schema.org/draft-07/schema#\"}" } }
  expect_failures = [var.contracts]
}

run "a_contract_that_is_not_json_is_refused" {
  command = plan
  variables { contracts = { "OrderPlaced.v1" = "type: object" } }
  expect_failures = [var.contracts]
}

run "a_contract_over_100000_characters_is_refused" {
  command = plan
  variables { contracts = { "OrderPlaced.v1" = jsonencode({ "$schema" = "http://json-schema.org/draft-04/schema#", title = format("%0100000d", 0) }) } }
  expect_failures = [var.contracts]
}
