"""Concurrent orders from every producer, while the simulators inject faults."""

from bench import mixed_orders
from orderflow_cli.environments import from_local_cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.observe import trace

ORDER_COUNT = 80


def test_all_records_agree_when_the_simulators_inject_faults(cloud: LocalCloud) -> None:
    load, problems = mixed_orders.run(cloud, ORDER_COUNT)

    for order_id in load.accepted_ids:
        if any(order_id in problem for problem in problems):
            trace.show_trace(trace.read(from_local_cloud(cloud), order_id))
    assert problems == []
    assert len(load.accepted_ids) == load.settled_count() == ORDER_COUNT
    final_statuses = {item["status"] for item in load.items()}
    assert {"delivered", "cancelled"} <= final_statuses <= {"delivered", "cancelled", "refunded"}
    assert {item["channel"] for item in load.items()} == {"web", "mobile", "pos", "partner"}
