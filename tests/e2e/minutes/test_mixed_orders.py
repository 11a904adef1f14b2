"""Concurrent orders from every producer, while the simulators inject faults."""

from bench import mixed_orders
from orderflow_cli.local_cloud.cloud import LocalCloud

ORDER_COUNT = 80


def test_all_records_agree_when_the_simulators_inject_faults(cloud: LocalCloud) -> None:
    load, problems = mixed_orders.run(cloud, ORDER_COUNT)

    assert problems == []
    assert len(load.accepted_ids) == load.settled_count() == ORDER_COUNT
    final_statuses = {item["status"] for item in load.items()}
    assert {"delivered", "cancelled"} <= final_statuses <= {"delivered", "cancelled", "refunded"}
    assert {item["channel"] for item in load.items()} == {"web", "mobile", "pos", "partner"}
