"""What `orderflow trace` shows about an order of the running system."""

from orderflow_cli.environments import from_local_cloud
from orderflow_cli.observe import trace
from tests.e2e.conftest import Shop, wait_for

CONSUMERS = {"finance", "warehouse", "customer_service"}


def test_trace_names_the_functions_and_the_state_of_an_order(shop: Shop) -> None:
    environment = from_local_cloud(shop.cloud)
    order_id = shop.place(shop.new_order()).document["order_id"]
    shop.wait_for_status(order_id, "delivered")

    def complete_trace() -> trace.Trace | None:
        found = trace.read(environment, order_id)
        return found if len([hop for hop in found.hops if hop.message == "Notice sent"]) == 4 else None

    found = wait_for(complete_trace)
    assert {"storefront_api", "webhooks", "recorder", "relay", *CONSUMERS} <= {hop.where for hop in found.hops}
    decided = [hop.details["status"] for hop in found.hops if hop.message == "Decided"]
    assert decided == ["placed", "paid", "shipped", "delivered"]
    assert found.standing.startswith("delivered, ")
    assert found.unreceived == ()
