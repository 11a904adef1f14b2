mock_provider "aws" {
  source          = "../../testing"
  override_during = plan
}

variables {
  packages_dir             = "../../pipeline/tests/packages"
  payment_provider_api_key = "key"
}

run "everything_is_there_and_strangers_are_kept_out" {
  command = plan

  assert {
    condition     = output.bus_name == "orderflow-dev-orders" && output.orders_table_name == "orderflow-dev-orders"
    error_message = "Environments that share an account must not share a name."
  }

  assert {
    condition     = alltrue([for function, found in output.functions : found.name == "orderflow-dev-${function}"])
    error_message = "A function is found by its directory's name."
  }

  assert {
    condition     = length(output.functions) == 9 && toset(keys(output.subscriptions)) == toset(["finance", "warehouse", "customer_service"])
    error_message = "Nothing of the pipeline may be missing here."
  }

  assert {
    condition     = local.storefront.customer_identity == "jwt" && length(local.storefront.jwt.scopes) > 0 && !local.emulated
    error_message = "On AWS callers bring a token, and the provider checks credentials as usual."
  }
}
