"""One local cloud for the whole session, apart from the one of `make up`: own folder, own ports, one apply.

Tests share nothing but the applied stack: every order has its own customer and Idempotency-Key.
"""

import json
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import pytest

from contracts import ids
from dev.evidence.page import REPORTS
from dev.permissions import ledger
from orderflow_cli import LOCAL
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Answer
from orderflow_cli.demo.traffic import Order
from orderflow_cli.local_cloud import seed
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.simulators import PAYMENT_PROVIDER
from orderflow_cli.observe import snapshot
from tests.e2e.early import _begin, joining, mixed, unpaid  # noqa: F401 - fixtures for every file
from tests.e2e.emulators import elsewhere, every_option  # noqa: F401 - fixtures for every file

PORT = int(os.environ.get("ORDERFLOW_E2E_PORT", "4586"))
PATIENCE_SECONDS = float(os.environ.get("ORDERFLOW_E2E_PATIENCE", "60"))
# At the end, in this order: those that wait for what was begun early, then those that look at the whole session.
LAST = (
    "test_life.py",
    "test_mixed_orders.py",
    "test_change_stream.py",
    "test_elsewhere.py",
    "test_patterns.py",
    "test_rule_targets.py",
    "test_subscription_protocols.py",
    "test_streams_and_schedules.py",
    "test_personal_data.py",
    "test_restart.py",
)
ADDRESS = {"name": "A. Customer", "line1": "Test Street 1", "postal_code": "20095", "city": "Hamburg", "country": "DE"}


@dataclass
class Shop:
    """The running system as a test sees it."""

    cloud: LocalCloud
    outputs: dict[str, Any]
    placed: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.cloud.http_api_url(self.outputs["storefront_api_id"])

    def new_order(self, story: str = "capture", lines: list[dict[str, Any]] | None = None, **changes: Any) -> Order:
        """An order nobody else has, its payment's scenario already told to the provider."""
        unique = uuid.uuid4().hex
        body = {
            "channel": "web",
            "lines": lines or [{"sku": min(seed.catalog()), "quantity": 2}],
            "shipping_address": ADDRESS,
            **changes,
        }
        order = Order(f"customer-{unique[:12]}", f"key-{unique}", body, story)
        self.cloud.simulators.call(PAYMENT_PROVIDER, "PUT", "/scenarios", {order_id(order): story})
        return order

    def place(self, order: Order) -> Answer:
        answer = storefront.place(self.url, order)
        if answer.status == 202:
            self.placed.append(answer.document["order_id"])
        return answer

    def order(self, order_id: str) -> dict[str, Any] | None:
        return self._item("orders_table_name", {"order_id": order_id})

    def reservation(self, order_id: str) -> dict[str, Any] | None:
        return self._item("stock_table_name", {"pk": f"order#{order_id}"})

    def ledger(self, order_id: str) -> list[dict[str, Any]]:
        return self._query("ledger_table_name", order_id)

    def cases(self, order_id: str) -> list[dict[str, Any]]:
        return self._query("cases_table_name", order_id)

    def book(self, order_id: str, kind: str) -> list[dict[str, Any]]:
        entries = self.cloud.simulators.book(PAYMENT_PROVIDER)["entries"]
        return [entry for entry in entries if entry["kind"] == kind and entry["order_id"] == order_id]

    def wait_for_status(self, order_id: str, status: str, seconds: float = PATIENCE_SECONDS) -> dict[str, Any]:
        """The order once it has the status; fails with what it was instead."""

        def reached() -> dict[str, Any] | None:
            found = self.order(order_id)
            return found if found is not None and found["status"] == status else None

        return wait_for(reached, seconds, lambda: f"{order_id} is {(self.order(order_id) or {}).get('status')}")

    def _item(self, table: str, key: dict[str, str]) -> dict[str, Any] | None:
        found = self.cloud.client("dynamodb").get_item(
            TableName=self.outputs[table], Key={name: {"S": value} for name, value in key.items()}, ConsistentRead=True
        )
        return snapshot.plain_item(found["Item"]) if "Item" in found else None

    def _query(self, table: str, order_id: str) -> list[dict[str, Any]]:
        found = self.cloud.client("dynamodb").query(
            TableName=self.outputs[table],
            KeyConditionExpression="order_id = :order_id",
            ExpressionAttributeValues={":order_id": {"S": order_id}},
            ConsistentRead=True,
        )
        return [snapshot.plain_item(item) for item in found["Items"]]


class BusProbe:
    """A rule that takes every event of the bus, and a queue to look at them: what was published, and what was not."""

    def __init__(self, shop: Shop) -> None:
        self._sqs = shop.cloud.client("sqs")
        self._events = shop.cloud.client("events")
        self._bus = shop.outputs["bus_name"]
        self._name = f"probe-{uuid.uuid4().hex[:12]}"
        self._url = self._sqs.create_queue(QueueName=self._name)["QueueUrl"]
        arn = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = '{"source": [{"prefix": "orderflow."}]}'
        self._events.put_rule(Name=self._name, EventBusName=self._bus, EventPattern=pattern)
        self._events.put_targets(Rule=self._name, EventBusName=self._bus, Targets=[{"Id": "probe", "Arn": arn}])

    def bodies(self) -> list[str]:
        """The events that came since the last call, as text."""
        found: list[str] = []
        while messages := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(message["Body"])
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def close(self) -> None:
        self._events.remove_targets(Rule=self._name, EventBusName=self._bus, Ids=["probe"])
        self._events.delete_rule(Name=self._name, EventBusName=self._bus)
        self._sqs.delete_queue(QueueUrl=self._url)


class Notices:
    """A queue subscribed to the topic of the notices, for as long as the block lasts."""

    def __init__(self, shop: Shop) -> None:
        self._sqs, self._sns = shop.cloud.client("sqs"), shop.cloud.client("sns")
        self._topic = shop.outputs["notices_topic_arn"]

    def __enter__(self) -> Self:
        name = f"notices-{uuid.uuid4().hex[:12]}"
        arn = f"{self._topic.rpartition(':')[0].replace(':sns:', ':sqs:')}:{name}"
        sender = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**sender, "Resource": arn}]})
        self._url = self._sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        made = self._sns.subscribe(TopicArn=self._topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)
        self._subscription = made["SubscriptionArn"]
        return self

    def bodies(self) -> list[str]:
        """The notices that came since the last call, with their attributes, as SNS wraps them."""
        found = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found]

    def __exit__(self, *_: object) -> None:
        self._sns.unsubscribe(SubscriptionArn=self._subscription)
        self._sqs.delete_queue(QueueUrl=self._url)


def order_id(order: Order) -> str:
    return ids.order_id("online", order.customer_id, order.idempotency_key)


def wait_for[T](
    probe: Callable[[], T | None], seconds: float = PATIENCE_SECONDS, instead: Callable[[], str] = lambda: "nothing"
) -> T:
    """What ``probe`` returns once that is true; fails after ``seconds`` with what there was instead."""
    deadline = time.monotonic() + seconds
    while not (found := probe()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s in vain: {instead()}")
        time.sleep(0.2)
    return found


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LAST.index(item.path.name) if item.path.name in LAST else -1)


@pytest.fixture(scope="session")
def cloud() -> Iterator[LocalCloud]:
    local = LocalCloud(folder=LOCAL / "e2e", port=PORT)
    try:
        local.up()
        yield local
        REPORTS.mkdir(exist_ok=True)
        (REPORTS / ledger.REPORT).write_text(json.dumps(ledger.problems(ledger.read(local))))
    finally:
        local.stop()


@pytest.fixture(scope="session")
def shop(cloud: LocalCloud) -> Shop:
    return Shop(cloud, cloud.outputs())


@pytest.fixture
def probe(shop: Shop) -> Iterator[BusProbe]:
    made = BusProbe(shop)
    try:
        yield made
    finally:
        made.close()
