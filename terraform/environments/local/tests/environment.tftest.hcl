mock_provider "aws" {
  source          = "../../testing"
  override_during = plan
}

variables {
  packages_dir             = "../../pipeline/tests/packages"
  payment_provider_api_key = "key"
  carrier_api_key          = "key"
}

run "everything_is_there_and_nothing_real_is_reachable" {
  command = plan

  assert {
    condition     = output.bus_name == "orderflow-local-orders" && output.orders_table_name == "orderflow-local-orders"
    error_message = "Environments that share an account must not share a name."
  }

  assert {
    condition     = alltrue([for function, found in output.functions : found.name == "orderflow-local-${function}"])
    error_message = "A function is found by its directory's name."
  }

  assert {
    condition     = length(output.functions) == 9 && toset(keys(output.subscriptions)) == toset(["finance", "warehouse", "customer_service"])
    error_message = "Nothing of the pipeline may be missing here."
  }

  assert {
    condition     = local.account_ids == ["000000000000"]
    error_message = "The root must refuse every account but the emulator's."
  }

  assert {
    condition     = contains(keys(output.rules), "shipment_notice")
    error_message = "The carrier's stand-in is told of shipments."
  }

  assert {
    condition     = !local.deletion_protection
    error_message = "`make down` takes everything away."
  }
}
