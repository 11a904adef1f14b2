"""Applies examples/minimal and sends events through it."""

import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from orderflow_cli import ROOT
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.e2e.conftest import wait_for
from tests.support.terraform_root import TerraformRoot

FOLDER = ROOT / "examples" / "minimal"
NAME = "smallest"


@pytest.fixture(scope="module")
def outputs(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The outputs of the example, which is applied before the tests and destroyed after them."""
    with zipfile.ZipFile(FOLDER / "shop.zip", "w") as package:
        package.write(FOLDER / "shop.py", "shop.py")
    root = TerraformRoot(FOLDER, cloud.env(), tmp_path_factory.mktemp("minimal"), {"name": NAME})
    try:
        yield root.apply()
    finally:
        root.destroy()


def test_paid_orders_are_announced_once_when_events_are_repeated(cloud: LocalCloud, outputs: dict[str, Any]) -> None:
    versions = [(1, "placed"), (2, "paid"), (2, "paid"), (1, "placed")]
    for version, status in versions:
        _publish(cloud, outputs, {"order_id": "A-1", "version": version, "status": status, "total": 1250})
    _publish(cloud, outputs, {"order_id": "A-2", "version": 7, "status": "paid", "total": 300})

    expected = {"A-1": (2, 1250), "A-2": (7, 300)}
    received: list[dict[str, Any]] = []
    wait_for(lambda: received.extend(_receive(cloud, outputs)) or len(received) >= len(expected))

    assert {order["order_id"]: (order["version"], order["total"]) for order in received} == expected
    assert len(received) == len(expected)
    assert _stored_order(cloud, "A-1") == {"version": "2", "status": "paid"}


def _publish(cloud: LocalCloud, outputs: dict[str, Any], order: dict[str, Any]) -> None:
    entry = {"Source": "shop.web", "DetailType": "OrderChanged", "Detail": json.dumps(order)}
    response = cloud.client("events").put_events(Entries=[{**entry, "EventBusName": outputs["bus_name"]}])
    assert response["FailedEntryCount"] == 0


def _receive(cloud: LocalCloud, outputs: dict[str, Any]) -> list[dict[str, Any]]:
    response = cloud.client("sqs").receive_message(QueueUrl=outputs["warehouse_queue_url"], MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in response.get("Messages", [])]


def _stored_order(cloud: LocalCloud, order_id: str) -> dict[str, str]:
    key = {"order_id": {"S": order_id}}
    item = cloud.client("dynamodb").get_item(TableName=f"{NAME}-dev-orders", Key=key, ConsistentRead=True)["Item"]
    return {"version": item["version"]["N"], "status": item["status"]["S"]}
