mock_provider "aws" { source = "../../testing" }

variables {
  name = "orderflow-dev"
  contracts = {
    "OrderPlaced.v1"  = "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"description\":\"A customer ordered\",\"type\":\"object\"}"
    "OrderShipped.v1" = "{\"$schema\":\"http://json-schema.org/draft-04/schema#\",\"type\":\"object\"}"
  }
}

# proves: bus/schema_registry
run "holds_each_contract_as_it_was_generated" {
  assert {
    condition     = tomap({ for name, schema in aws_schemas_schema.this : name => schema.content }) == var.contracts
    error_message = "The registry must hold every contract, unchanged."
  }

  assert {
    condition     = alltrue([for schema in aws_schemas_schema.this : schema.registry_name == "orderflow-dev" && schema.type == "JSONSchemaDraft4"])
    error_message = "Every contract must be in this registry, as JSON Schema Draft 4."
  }

  assert {
    condition     = aws_schemas_schema.this["OrderPlaced.v1"].description == "A customer ordered" && aws_schemas_schema.this["OrderShipped.v1"].description == "OrderShipped.v1"
    error_message = "The description must be the contract's, or its name where it has none."
  }

  assert {
    condition     = keys(output.schema_arns) == ["OrderPlaced.v1", "OrderShipped.v1"] && output.registry_name == "orderflow-dev"
    error_message = "The registry and each schema must be an output."
  }
}
