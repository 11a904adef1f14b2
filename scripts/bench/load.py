"""Sends orders to a running local cloud and checks the results; used by benchmarks and tests."""

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from orderflow_cli import console
from orderflow_cli.demo import storefront, traffic
from orderflow_cli.demo.storefront import Response
from orderflow_cli.demo.traffic import Order
from orderflow_cli.environments import ALIAS
from orderflow_cli.local_cloud import seed
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.simulators import PAYMENT_PROVIDER, SIMULATORS
from orderflow_cli.observe import invariants, queues, snapshot

CONCURRENCY = 4  # as many requests as two cores can handle
POLL_SECONDS = 2.0
TIMEOUT_SECONDS_PER_ORDER = 0.8
LAST_HOP_SECONDS = 90.0  # for records in the orders table's stream, which no queue shows
NO_RESPONSE = 0


@dataclass
class LoadRun:
    """One run against a local cloud; `accepted_ids` contains the ids of its accepted orders."""

    cloud: LocalCloud
    accepted_ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.outputs = self.cloud.outputs()
        self.run_id = f"{datetime.now(UTC):%m%d%H%M%S}{uuid.uuid4().hex[:4]}"
        self.url = self.cloud.http_api_url(self.outputs["storefront_api_id"])
        self._initial_depths = self.dead_letter_counts()

    def orders(self, count: int, random_seed: int) -> list[Order]:
        """Generate website and mobile-app orders for items in stock."""
        return list(traffic.orders(f"{self.run_id}-{random_seed}", seed.stocked_skus(), count, [], random_seed))

    def set_scenario(self, orders: Iterable[Order], scenario: str) -> None:
        body = {order.order_id: scenario for order in orders}
        self.cloud.simulators.call(PAYMENT_PROVIDER, "PUT", "/scenarios", body)

    def inject_faults(self, order_ids: Sequence[str], random_seed: int) -> None:
        """Make the payment provider and the carrier inject seeded faults into these orders."""
        for simulator in SIMULATORS:
            self.cloud.simulators.call(simulator, "PUT", "/disorder", {"seed": random_seed, "orders": list(order_ids)})

    def place_orders(
        self, orders: Sequence[Order], orders_per_second: float | None = None, worker_count: int = CONCURRENCY
    ) -> list[Response]:
        """Send orders at the given rate, if any, with at most `worker_count` requests at a time."""
        responses = list(storefront.place_orders(orders, self._place, worker_count, orders_per_second))
        self.accepted_ids |= {response.document["order_id"] for response in responses if response.status == 202}
        return responses

    def _place(self, order: Order) -> Response:
        start = time.perf_counter()
        try:
            return storefront.place(self.url, order)
        except OSError:
            return Response(NO_RESPONSE, {}, {}, (time.perf_counter() - start) * 1000)

    def queue_depths(self) -> dict[str, int]:
        """Return the number of messages in each queue between the hops, including those in flight."""
        names = {key: queue["name"] for key, queue in self.outputs["queues"].items() if key != "unrouted"}
        return {key: self._depth(name) for key, name in names.items()}

    def dead_letter_counts(self) -> dict[str, int]:
        """Return the number of messages in each non-empty dead-letter queue."""
        depths = {
            f"{name} ({kind})": self._depth(resource["dead_letter_queue"])
            for kind in ("queues", "rules", "subscriptions", "functions")
            for name, resource in self.outputs[kind].items()
            if resource["dead_letter_queue"]
        }
        return {source: depth for source, depth in depths.items() if depth}

    def new_dead_letter_counts(self) -> dict[str, int]:
        """Return the number of messages that this run added to each dead-letter queue."""
        growth = {source: n - self._initial_depths.get(source, 0) for source, n in self.dead_letter_counts().items()}
        return {source: depth for source, depth in growth.items() if depth > 0}

    def wait_until_idle(self, seconds: float, on_progress: Callable[[str], None] = lambda _: None) -> bool:
        """Return whether orders were settled, queues empty and callbacks done in time; if so, wait for the last hop."""
        deadline = time.monotonic() + seconds
        idle_poll_count = 0
        while idle_poll_count < 2:  # an event between the bus and a partner is in no queue
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
            idle_poll_count = idle_poll_count + 1 if self._is_idle(on_progress) else 0
        last_hop_deadline = time.monotonic() + LAST_HOP_SECONDS
        while not self.report().is_clean and time.monotonic() < last_hop_deadline:
            time.sleep(POLL_SECONDS)
        return True

    def problems(self, responses: Iterable[Response], seconds: float) -> list[str]:
        """Wait until the system is idle; return refused orders and calls, dead-letter messages, violated invariants."""
        with console.step("waiting until the system is idle") as progress:
            became_idle = self.wait_until_idle(seconds, lambda text: setattr(progress, "detail", text))
        rejections = [response for response in responses if response.status != 202]
        given_up_calls = [call for one in SIMULATORS for call in self.cloud.simulators.book(one)["given_up"]]
        return [
            *([] if became_idle else ["the system did not become idle in time"]),
            *(f"valid orders must be accepted; got {response.status}: {response.document}" for response in rejections),
            *(f"{call} was not accepted" for call in given_up_calls if call["data"]["order_id"] in self.accepted_ids),
            *(f"{n} dead-letter messages in {source}" for source, n in self.new_dead_letter_counts().items()),
            *self.report().violations,
        ]

    def _is_idle(self, on_progress: Callable[[str], None]) -> bool:
        depth = sum(self.queue_depths().values())
        on_progress(f"{depth} messages in queues")
        if depth:
            return False
        # A simulator returns all its records, so reading them at every poll would cost more with every order.
        callback_count = sum(self.cloud.simulators.book(one)["pending_callbacks"] for one in SIMULATORS)
        settled_count = 0 if callback_count else self.settled_count()
        on_progress(f"{callback_count} callbacks pending, {settled_count} of {len(self.accepted_ids)} orders settled")
        return not callback_count and settled_count == len(self.accepted_ids)

    def settled_count(self) -> int:
        """Return the number of accepted orders that are settled."""
        # A scan can return an item twice while the table is written to.
        return len({order["order_id"] for order in self.items() if invariants.is_settled(order)})

    def items(self) -> list[dict[str, Any]]:
        """Return the accepted orders' items from the table."""
        all_items = snapshot.items(self.cloud.client("dynamodb"), self.outputs["tables"]["orders"])
        return [item for item in all_items if item["order_id"] in self.accepted_ids]

    def report(self) -> invariants.Report:
        client, provider_book = self.cloud.client("dynamodb"), self.cloud.simulators.book(PAYMENT_PROVIDER)
        full_snapshot = snapshot.take(client, self.outputs["tables"], provider_book, frozenset(self.accepted_ids), {})
        return invariants.check(full_snapshot.of_accepted_orders())

    @contextmanager
    def disabled_mappings(self, function: str) -> Iterator[None]:
        """Disable the function's event source mappings during the block."""
        client, name = self.cloud.client("lambda"), self.outputs["functions"][function]["name"]
        mappings = client.list_event_source_mappings(FunctionName=f"{name}:{ALIAS}")["EventSourceMappings"]
        mapping_ids = [mapping["UUID"] for mapping in mappings]
        try:
            for mapping_id in mapping_ids:
                client.update_event_source_mapping(UUID=mapping_id, Enabled=False)
            yield
        finally:
            for mapping_id in mapping_ids:
                client.update_event_source_mapping(UUID=mapping_id, Enabled=True)

    def _depth(self, name: str) -> int:
        return queues.count_messages(self.cloud.client("sqs"), self.cloud.queue_url(name))
