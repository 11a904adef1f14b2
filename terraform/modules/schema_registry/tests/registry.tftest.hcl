mock_provider "aws" { source = "../../testing" }

variables {
  name = "orderflow-dev"
  contracts = {
    "OrderPlaced.v1"  = "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"description\":\"A customer ordered\",\"type\":\"object\"}"
    "OrderShipped.v1" = "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"type\":\"object\"}"
  }
}

# proves: bus/schema_registry
run "the_registry_contains_each_contract_unchanged" {
  assert {
    condition     = tomap({ for name, schema in aws_schemas_schema.this : name => schema.content }) == var.contracts
    error_message = "The registry must contain every contract, unchanged."
  }
  assert {
    condition     = alltrue([for schema in aws_schemas_schema.this : schema.registry_name == "orderflow-dev" && schema.type == "JSONSchemaDraft4"])
    error_message = "Every contract must be in this registry, as JSON Schema Draft 4."
  }
  assert {
    condition     = aws_schemas_schema.this["OrderPlaced.v1"].description == "A customer ordered" && aws_schemas_schema.this["OrderShipped.v1"].description == "OrderShipped.v1"
    error_message = "A schema's description must be that of its contract, or the schema's name if the contract has none."
  }
  assert {
    condition     = keys(output.schema_arns) == ["OrderPlaced.v1", "OrderShipped.v1"] && output.registry_name == "orderflow-dev"
    error_message = "The outputs must contain the registry's name and each schema's ARN."
  }
}

run "a_reserved_registry_name_and_an_empty_contract_map_are_refused" {
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

run "a_contract_in_a_later_draft_is_refused" {
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
