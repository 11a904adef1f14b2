"""Concurrent orders from every producer, while the simulators inject faults."""

from bench import mixed_orders
from orderflow_cli.local_cloud.cloud import LocalCloud

ORDER_COUNT = 80


def test_all_records_agree_when_the_simulators_inject_faults(cloud: LocalCloud) -> None:
    load, problems = mixed_orders.run(cloud, ORDER_COUNT)

    assert problems == []
    assert len(load.accepted_ids) == load.settled_count() == ORDER_COUNT
    items = load.items()
    final_statuses = {item["status"] for item in items}
    assert {"delivered", "cancelled"} <= final_statuses <= {"delivered", "cancelled", "refunded"}
    assert {item["channel"] for item in items} == {"web", "mobile", "pos", "partner"}
    refund_reasons = {refund["reason"] for item in items for refund in item["refunds"].values()}
    assert {"out_of_stock", "double_charge"} <= {item.get("cancel_reason") for item in items} | refund_reasons
