# The README shows these examples; each is planned here as it stands there.
mock_provider "aws" {
  source = "../../testing"
}

run "example_contracts_registers_every_generated_contract" {
  providers = { aws = aws }
  module { source = "./examples/contracts" }

  assert {
    condition     = length(module.registry.schema_arns) == length(fileset("../../../lambdas/contracts/generated/draft4", "*.json")) && contains(keys(module.registry.schema_arns), "OrderPlaced.v1")
    error_message = "Each generated contract must be in the registry."
  }
}
