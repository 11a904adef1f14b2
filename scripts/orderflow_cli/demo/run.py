"""Runs the demo: sends orders from website, app and till, waits until each has settled, and collects the results."""

import random
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from orderflow_cli import console
from orderflow_cli.demo import storefront, traffic
from orderflow_cli.demo.settle import State, compute_state, wait_until_over
from orderflow_cli.demo.storefront import Response
from orderflow_cli.demo.traffic import SCENARIOS, SPECIAL_CASES, InvalidRequest, Order
from orderflow_cli.environments import ALIAS, from_local_cloud
from orderflow_cli.local_cloud import seed
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.simulators import CARRIER, PAYMENT_PROVIDER
from orderflow_cli.observe import invariants, queues, snapshot
from orderflow_cli.observe.notices import NoticeCollector

CONCURRENCY = 4  # as many cold starts as two cores can handle
TILL_RECEIPT_COUNT = 12
POLL_SECONDS = 0.5
LAST_HOP_SECONDS = 15.0  # records in the orders table's stream are not yet in any queue
TILL_TIMEOUT_SECONDS = 60.0


@dataclass
class Requests:
    """The demo's requests and their responses; ``placed_orders`` maps order ids to order and response."""

    run_id: str
    placed_orders: dict[str, tuple[Order, Response]] = field(default_factory=dict)
    rejected_orders: list[tuple[Order, Response]] = field(default_factory=list)
    retry_pair: tuple[Response, Response] | None = None
    invalid_requests: list[tuple[InvalidRequest, Response]] = field(default_factory=list)
    till_order_ids: frozenset[str] = frozenset()
    till_receipt_count: int = 0
    rejected_till_rows: list[str] = field(default_factory=list)


@dataclass
class DemoRun:
    """One run of the demo on a running local cloud."""

    cloud: LocalCloud
    count: int
    seed: int

    def __post_init__(self) -> None:
        self.outputs = self.cloud.outputs()
        self.environment = from_local_cloud(self.cloud)
        self.url = self.cloud.http_api_url(self.outputs["storefront_api_id"])
        self.dynamodb, self.simulators = self.cloud.client("dynamodb"), self.cloud.simulators
        self.notices = NoticeCollector(self.cloud.client, self.outputs["notices_topic_arn"])
        self.requests = Requests(run_id=f"{datetime.now(UTC):%m%d%H%M%S}{uuid.uuid4().hex[:4]}")
        orders = traffic.orders(self.requests.run_id, seed.stocked_skus(), self.count, SPECIAL_CASES, self.seed)
        self._orders = list(orders)
        for order in self._orders:
            if order.scenario == "sold_out":
                order.body["lines"].append({"sku": seed.sold_out_sku(), "quantity": 1})

    @contextmanager
    def subscribe_to_notices(self) -> Iterator[None]:
        """Subscribe a temporary queue to the notices during the block, without causing another apply."""
        with self.cloud.prevent_reapply():
            self.notices.__enter__()
        try:
            yield
        finally:
            with self.cloud.prevent_reapply():
                self.notices.__exit__()

    def begin(self) -> None:
        """Send the orders that await the payment deadline, then a warm-up order, and wait until that is delivered, so
        that timings exclude the functions' cold starts."""
        waiting_orders = [order for order in self._orders if SCENARIOS[order.scenario].awaits_deadline]
        list(self._place(waiting_orders))
        address = traffic.address(random.Random(self.seed))  # noqa: S311  # a seed, not a secret
        lines = [{"sku": min(seed.stocked_skus()), "quantity": 1}]
        body = {"channel": "web", "lines": lines, "shipping_address": address}
        (response,) = self._place([Order("customer-000", f"{self.requests.run_id}-warm-up", body)])
        if order_id := response.document.get("order_id"):
            self._wait_until(lambda: self._status(order_id) == "delivered", 60.0)

    def send_orders(self) -> None:
        """Send the other orders. The order to cancel comes last, to be cancelled before its payment deadline."""
        orders = [order for order in self._orders if not SCENARIOS[order.scenario].awaits_deadline]
        orders.sort(key=lambda order: order.scenario == "cancel")
        with console.step(f"{len(orders)} orders from website and mobile app") as progress:
            for number, _ in enumerate(self._place(orders), 1):
                progress.detail = f"{number} of {len(orders)}"

    def _place(self, orders: Sequence[Order]) -> Iterator[Response]:
        """Configure the payment provider's scenarios, then send the orders, CONCURRENCY at a time."""
        names = {order.order_id: order.scenario for order in orders if order.scenario not in {"capture", "sold_out"}}
        scenarios = {order_id: SCENARIOS[name].provider_scenario or name for order_id, name in names.items()}
        self.simulators.call(PAYMENT_PROVIDER, "PUT", "/scenarios", scenarios)
        responses = storefront.place_orders(orders, lambda order: storefront.place(self.url, order), CONCURRENCY)
        for order, response in zip(orders, responses, strict=True):
            if response.status == 202:
                self.requests.placed_orders[response.document["order_id"]] = (order, response)
            else:
                self.requests.rejected_orders.append((order, response))
            yield response

    def cancel(self) -> None:
        """Cancel an order, as a customer would."""
        for order_id, (order, _) in self.requests.placed_orders.items():
            if order.scenario == "cancel":
                with console.step(f"cancelling {order_id}") as progress:
                    self._wait_until(lambda order_id=order_id: self._status(order_id) == "placed", 30.0)  # type: ignore[misc]
                    response = storefront.cancel(self.url, order.customer_id, order_id)
                    progress.detail, progress.failed = f"status {response.status}", response.status != 202

    def send_repeated_and_invalid_requests(self) -> None:
        """Repeat a request whose order is in the table, and send the requests that must be rejected."""
        order_id, (order, first) = next(reversed(self.requests.placed_orders.items()))
        self._wait_until(lambda: self._status(order_id) is not None, 30.0)
        self.requests.retry_pair = (first, storefront.place(self.url, order))
        cases = traffic.invalid_requests(self.requests.run_id, order)
        with console.step(f"{len(cases)} malformed and forbidden requests"):
            responses = [storefront.request("POST", f"{self.url}/orders", one.headers, one.body) for one in cases]
            self.requests.invalid_requests = list(zip(cases, responses, strict=True))

    def send_till_file(self) -> None:
        run_id, today = self.requests.run_id, f"{datetime.now(UTC):%Y-%m-%d}"
        text, count, invalid_count = traffic.till_file(run_id, seed.prices(), TILL_RECEIPT_COUNT, today, self.seed)
        self.requests.till_receipt_count = count
        s3, bucket = self.cloud.client("s3"), self.outputs["till_bucket_name"]
        with console.step(f"a till file with {count} receipts and {invalid_count} invalid rows") as progress:
            s3.put_object(Bucket=bucket, Key=f"incoming/{run_id}.csv", Body=text.encode())

            def is_imported() -> bool:
                self.requests.till_order_ids = frozenset(
                    item["order_id"]
                    for item in self._items()
                    if item.get("store", {}).get("receipt_number", "").startswith(f"{run_id}-")
                )
                progress.detail = f"{len(self.requests.till_order_ids)} of {count} in the table"
                return len(self.requests.till_order_ids) >= count and self._read_till_report(s3, bucket)

            self._wait_until(is_imported, TILL_TIMEOUT_SECONDS)

    def _read_till_report(self, s3: Any, bucket: str) -> bool:
        try:
            report = s3.get_object(Bucket=bucket, Key=f"reports/{self.requests.run_id}.csv.rejected.csv")
        except s3.exceptions.NoSuchKey:
            return False
        self.requests.rejected_till_rows = report["Body"].read().decode().splitlines()[1:]
        return True

    def wait_until_settled(self) -> bool:
        """Wait until every order of this run is settled and no work is pending; return False if progress stops."""
        with console.step("waiting until every order is settled") as step:
            is_over = wait_until_over(self._state, self._check_deadlines, lambda text: setattr(step, "detail", text))
            step.failed = not is_over
            if is_over:
                self._wait_until(lambda: self.report().is_clean, LAST_HOP_SECONDS)  # the report lists violations
            return is_over

    def _state(self) -> State:
        order_ids = set(self.requests.placed_orders) | self.requests.till_order_ids
        scenarios = {order_id: order.scenario for order_id, (order, _) in self.requests.placed_orders.items()}
        items = [item for item in self._items() if item["order_id"] in order_ids]
        callback_count = sum(self.simulators.book(one)["pending_callbacks"] for one in (PAYMENT_PROVIDER, CARRIER))
        ids_awaiting_deadline = {one for one, scenario in scenarios.items() if SCENARIOS[scenario].awaits_deadline}
        sqs, names = self.cloud.client("sqs"), [queue["name"] for queue in self.outputs["queues"].values()]
        message_count = sum(queues.count_messages(sqs, self.cloud.queue_url(name)) for name in names)
        return compute_state(items, order_ids, ids_awaiting_deadline, message_count, callback_count)

    def _check_deadlines(self) -> None:
        function = self.outputs["functions"]["payment_deadline"]["name"]
        self.cloud.client("lambda").invoke(FunctionName=f"{function}:{ALIAS}", InvocationType="Event", Payload=b"{}")

    def report(self) -> invariants.Report:
        return invariants.check(self.snapshot())

    def snapshot(self) -> invariants.Snapshot:
        accepted_ids = frozenset(self.requests.placed_orders) | self.requests.till_order_ids
        book = self.simulators.book(PAYMENT_PROVIDER)
        self.notices.receive_bodies()
        tables, notices = self.outputs["tables"], self.notices.delivered_notices
        return snapshot.take(self.dynamodb, tables, book, accepted_ids, dead_letters={}, delivered_notices=notices)

    def _status(self, order_id: str) -> str | None:
        key = {"order_id": {"S": order_id}}
        item = self.dynamodb.get_item(TableName=self.outputs["tables"]["orders"], Key=key).get("Item")
        return item["status"]["S"] if item else None

    def _items(self) -> Iterator[dict[str, Any]]:
        return snapshot.items(self.dynamodb, self.outputs["tables"]["orders"])

    @staticmethod
    def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True
