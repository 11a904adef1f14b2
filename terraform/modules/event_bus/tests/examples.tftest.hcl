# The README shows these examples; each is planned here as it stands there.
mock_provider "aws" {
  source = "../../testing"
}

run "example_orders_makes_an_encrypted_bus_with_an_archive" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/orders" }

  assert {
    condition     = module.bus.bus_name == "shop-dev-orders" && module.bus.archive_name == "shop-dev-orders"
    error_message = "The example must make a bus and its archive."
  }
}

run "example_other_accounts_makes_a_bus_that_others_may_use" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/other_accounts" }

  assert {
    condition     = module.bus.bus_name == "shop-dev-orders"
    error_message = "The example must make a bus."
  }
}

# proves: source/saas_partner
run "example_saas_partner_makes_the_bus_of_an_event_source_and_a_rule_on_it" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/saas_partner" }

  assert {
    condition     = module.bus.bus_name == "aws.partner/example.com/111122223333/parcels" && module.bus.archive_name == "aws-partner-example-com-111122223333-parcels"
    error_message = "The bus must have the name of the event source."
  }

  assert {
    condition     = endswith(module.deliveries.rule_arn, ":rule/aws.partner/example.com/111122223333/parcels/shop-dev-parcels-delivered")
    error_message = "The rule must be on the partner's bus."
  }
}

run "example_schema_discovery_makes_a_bus_that_is_discovered" {
  providers = { aws = aws }
  command   = plan
  module { source = "./examples/schema_discovery" }

  assert {
    condition     = module.bus.bus_name == "shop-dev-playground"
    error_message = "The example must make a bus."
  }
}
