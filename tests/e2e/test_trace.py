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
        current = trace.read(environment, order_id)
        return current if len([hop for hop in current.hops if hop.message == "Notice sent"]) == 4 else None

    order_trace = wait_for(complete_trace)
    assert {"storefront_api", "webhooks", "recorder", "relay", *CONSUMERS} <= {hop.where for hop in order_trace.hops}
    decided = [hop.details["status"] for hop in order_trace.hops if hop.message == "Decision"]
    assert decided == ["placed", "paid", "shipped", "delivered"]
    assert order_trace.standing.startswith("delivered, ")
    assert order_trace.unreceived == ()
