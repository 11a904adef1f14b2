"""The whole pipeline in this process: real handlers on moto's tables, stream, queues, topic, bus and bucket, joined by
the mappings and fan-outs of this folder. `docs/faults.md` says for each hop what is real and what is harness."""

import contextlib
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from common import aws
from common.observability import logger, metrics
from orderflow_cli.observe.invariants import Snapshot
from orderflow_cli.observe.snapshot import items
from tests.harness import routing
from tests.harness.fan_out import FanOut, Target
from tests.harness.faults import Faults, FaultyClient, Killed
from tests.harness.on_failure import BucketDestination
from tests.harness.partners import Partners
from tests.harness.places import BUCKET, BUS, CONSUMERS, RECEIVES, SECRET, Places, arn, client
from tests.harness.queue_mapping import QueueMapping, QueueSettings
from tests.harness.recovery import Recovery
from tests.harness.stream_mapping import Clock, Handler, Settings, StreamMapping
from tests.harness.stream_records import Record, StreamReader
from tests.harness.streams import Streams, is_written
from tests.support import tables
from tests.support.handlers import fresh_handler
from tests.support.http import http_event
from tests.support.invocations import Context

STREAM = Settings(
    batch_size=100,
    maximum_retry_attempts=8,  # 10,000 there, where the age limit of 12 h ends it first
    maximum_record_age_seconds=43_200,
    bisect_on_error=True,
    report_batch_item_failures=True,
)


class System:
    """Everything, empty and quiet. Use inside `fault_run.account()`."""

    def __init__(self, faults: Faults, seed: int = 1, *, stream: Settings = STREAM) -> None:
        self.faults = faults
        self.clock = Clock(time.time())
        self.random = random.Random(seed)
        self.accepted: set[str] = set()
        self.invocations: Counter[str] = Counter()
        self.aws = client
        logger.setLevel("CRITICAL")
        self.places = Places()
        self.handlers = {name: self._load(name) for name in self._environments()}
        self.recovery = Recovery(self.places, self.handlers)
        self.partners = Partners(seed, self.clock, self._call_back)
        self.queue_mappings = {
            place: self._queue_mapping(place, "recorder" if place == "intake" else place) for place in RECEIVES
        }
        self.relay_mapping = StreamMapping(
            reader=_Written(StreamReader(Streams(faults), self.places.stream_arn)),
            handler=self._invoker("relay", "stream"),
            settings=stream,
            destination=BucketDestination(client("s3"), BUCKET, arn("lambda", "function:relay"), "relay"),
            clock=self.clock,
            context=Context,
        )
        self.targets = {f"bus/{target.name}": target for target in self._bus_targets()}
        self.targets |= {f"topic/{target.name}": target for target in self._topic_targets()}
        self.bus_fan_out, self.topic_fan_out = self._fan_out("bus"), self._fan_out("topic")
        self._parts = (
            *self.queue_mappings.values(),
            self.relay_mapping,
            self.bus_fan_out,
            self.topic_fan_out,
            self.partners,
        )

    # What it is made of

    def _environments(self) -> dict[str, dict[str, str]]:
        dead = {name: self.places.urls[f"{name}-dead-letter"] for name in ("recorder", *CONSUMERS)}
        return {
            "storefront_api": {"BUS_NAME": BUS, "ORDERS_TABLE": tables.ORDERS, "CUSTOMER_IDENTITY": "jwt"},
            "webhooks": {"BUS_NAME": BUS, "WEBHOOK_SECRET_ID": SECRET},
            "payment_deadline": {"BUS_NAME": BUS, "ORDERS_TABLE": tables.ORDERS},
            "recorder": {
                "ORDERS_TABLE": tables.ORDERS,
                "DEAD_LETTER_QUEUE_URL": dead["recorder"],
                "PAYMENT_TERM_SECONDS": "1",
                "ORDER_RETENTION_DAYS": "30",
            },
            "relay": {"TOPIC_ARN": self.places.topic_arn, "FAILURE_BUCKET": BUCKET},
            "finance": {
                "BUS_NAME": BUS,
                "LEDGER_TABLE": tables.LEDGER,
                "DEAD_LETTER_QUEUE_URL": dead["finance"],
            },
            "warehouse": {"BUS_NAME": BUS, "STOCK_TABLE": tables.STOCK, "DEAD_LETTER_QUEUE_URL": dead["warehouse"]},
            "customer_service": {
                "CASES_TABLE": tables.CASES,
                "NOTICES_TOPIC_ARN": self.places.notices_arn,
                "DEAD_LETTER_QUEUE_URL": dead["customer_service"],
            },
        }

    def _load(self, function: str) -> Handler:
        """The function's own handler, whose clients are faulty."""

        def faulty(name: str) -> FaultyClient:
            return FaultyClient(self.aws(name), name, function, self.faults)

        faulty.cache_clear = lambda: None  # type: ignore[attr-defined]
        variables = {"ENVIRONMENT": "test", **self._environments()[function]}
        with mock.patch.dict(os.environ, variables), mock.patch.object(aws, "_client", faulty):
            return fresh_handler(function)

    def _invoker(self, function: str, hop: str) -> Handler:
        """Invocations that can be refused, killed before their first line or after their last one, or made twice."""

        def invoke(event: dict[str, Any], context: Any) -> Any:
            self.invocations[function] += 1
            way = f"{hop} -> {function}"
            cursed = [record for record in event["Records"] if self.faults.is_cursed(way, _text(record))]
            fault = self.faults.draw(way, ("killed before", "killed after", "twice"))
            if cursed or fault == "killed before":
                raise Killed
            answer = self.handlers[function](event, context)
            if fault == "killed after":
                raise Killed
            if fault == "twice":
                answer = self.handlers[function](event, context)
            metrics.clear_metrics()
            return answer

        return invoke

    def _queue_mapping(self, place: str, function: str) -> QueueMapping:
        return QueueMapping(
            client=self.places.queues,
            queue_url=self.places.urls[place],
            handler=self._invoker(function, "queue"),
            settings=QueueSettings(visibility_seconds=90),
            clock=self.clock,
            context=Context,
            at_hand=self.faults.some,
        )

    def _fan_out(self, source: str) -> FanOut:
        return FanOut(
            sqs=self.places.queues,
            source_url=self.places.urls[source],
            targets=[target for name, target in self.targets.items() if name.startswith(f"{source}/")],
            faults=self.faults,
            clock=self.clock,
            hop=source,
            shape=_with_account if source == "bus" else str,
        )

    def _bus_targets(self) -> Iterator[Target]:
        deliveries: dict[str, Callable[[str], object]] = {
            "intake": self._sender("intake"),
            "payment_request": self.partners.pay,
            "refund_request": self.partners.refund,
            "shipment_notice": self.partners.ship,
        }
        arns = self.places.target_arns()
        for role, deliver in deliveries.items():
            told = {"RULE_ARN": arn("events", f"rule/{BUS}/{role}"), "TARGET_ARN": arns[role]}
            dead_letters = self.places.urls[f"rule-{role}-dlq"]
            yield Target(role, routing.wanted_by_rule(role), deliver, dead_letters, told)

    def _topic_targets(self) -> Iterator[Target]:
        for name in CONSUMERS:
            wants, dead_letters = routing.wanted_by_subscriber(name), self.places.urls[f"subscription-{name}-dlq"]
            yield Target(name, wants, self._sender(name), dead_letters)

    def _sender(self, place: str) -> Callable[[str], object]:
        url = self.places.urls[place]
        return lambda body: self.places.queues.send_message(QueueUrl=url, MessageBody=body)

    # What goes in

    def place_order(self, number: int, attempts: int = 50) -> bool:
        """Send one request, again and again until it is answered with 202, as a shop's client does; say if it was."""
        *in_stock, sold_out = self.places.skus
        lines = [{"sku": sku, "quantity": self.random.randint(1, 3)} for sku in self.random.sample(in_stock, 2)]
        if self.random.random() < 0.05:
            lines.append({"sku": sold_out, "quantity": 1})
        address = {"name": "A", "line1": "B 1", "postal_code": "1", "city": "C", "country": "DE"}
        body = json.dumps({"channel": "web", "lines": lines, "shipping_address": address})
        headers = {"content-type": "application/json", "idempotency-key": f"key-{number}"}
        for _ in range(attempts):
            answer = self._http("storefront_api", "/orders", headers, body)
            if answer and answer["statusCode"] == 202:
                self.accepted.add(json.loads(answer["body"])["order_id"])
                return True
        return False

    def _call_back(self, path: str, headers: dict[str, str], body: bytes) -> int:
        lower = {name.lower(): value for name, value in headers.items()}
        answer = self._http("webhooks", path, lower, body.decode())
        return int(answer["statusCode"]) if answer else 502

    def _http(self, function: str, path: str, headers: dict[str, str], body: str) -> dict[str, Any] | None:
        event = http_event("POST", path, headers=headers, body=body, customer="customer-1")
        self.invocations[function] += 1
        fault = self.faults.draw(f"http -> {function}", ("killed before", "killed after"))
        if fault == "killed before":
            return None
        try:
            answer: dict[str, Any] = self.handlers[function](event, Context())
        except Killed:
            return None
        return None if fault else answer

    # What happens then

    def step(self) -> bool:
        """Let every part do what it can now; False when none could do anything."""
        moved = [part.step() for part in self._parts]
        return any(moved)

    def run_until_quiet(self, most_steps: int = 100_000) -> None:
        """Go on until no message, record, retry or call back is left, moving the clock over the waits."""
        for _ in range(most_steps):
            if self.step():
                continue
            due = min((at for part in self._parts if (at := part.next_due()) is not None), default=None)
            if due is None:
                return
            # A moment longer than needed, so that several things are due at once: each step asks every queue.
            self.clock.advance(max(0.0, due - self.clock.now) + 3.0)
        raise AssertionError(f"not quiet after {most_steps} steps")

    def run_until(self, happened: Callable[[], bool], most_steps: int = 1_000) -> None:
        """Go on until something has happened."""
        for _ in range(most_steps):
            if happened():
                return
            if not self.step():
                self.clock.advance(1.0)
        raise AssertionError(f"it did not happen in {most_steps} steps")

    def end_waiting(self, rounds: int = 6) -> None:
        """Let the payment deadline pass for the orders that still wait, until none does that could be reached."""
        for _ in range(rounds):
            dead = self.dead_letters()
            orders = items(self.aws("dynamodb"), tables.ORDERS)
            if not any(order["status"] == "placed" and order["order_id"] not in dead for order in orders):
                return
            with contextlib.suppress(Killed, Exception):  # the schedule comes again anyway
                self.handlers["payment_deadline"]({}, Context())
            self.run_until_quiet()

    # What came of it

    def dead_letters(self) -> dict[str, str]:
        """Order id -> the dead-letter sources that holds something of it."""
        return {order_id: message.source.name for message in self.recovery.messages() for order_id in message.orders}

    def dead_letter_texts(self) -> Iterator[tuple[str, str]]:
        """Everything in the dead-letter sources, by the place's name, left there."""
        return ((message.source.name, message.body) for message in self.recovery.messages())

    def take(self, queue: str) -> list[str]:
        """Everything in a queue, taken out of it."""
        url, bodies = self.places.urls[queue], []
        while received := self.places.queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in received:
                bodies.append(message["Body"])
                self.places.queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    def snapshot(self) -> Snapshot:
        dynamodb = self.aws("dynamodb")
        stock = list(items(dynamodb, tables.STOCK))
        return Snapshot(
            accepted=frozenset(self.accepted),
            orders={item["order_id"]: item for item in items(dynamodb, tables.ORDERS)},
            ledger=list(items(dynamodb, tables.LEDGER)),
            reservations={item["order_id"]: item for item in stock if item["pk"].startswith("order#")},
            initial_stock=self.places.initial_stock,
            available={i["pk"].removeprefix("sku#"): i["available"] for i in stock if i["pk"].startswith("sku#")},
            notices=[
                {**item, "version": int(item["case_id"].removeprefix("notice#"))}
                for item in items(dynamodb, tables.CASES)
                if item["case_id"].startswith("notice#")
            ],
            book=self.partners.book,
            dead_letters=self.dead_letters(),
        )


class _Written:
    """Leaves out the records that AWS would not have written."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader

    def read(self) -> Iterator[tuple[str, Record]]:
        return ((shard_id, record) for shard_id, record in self._reader.read() if is_written(record))


def _with_account(body: str) -> str:
    """The event as a rule delivers it: moto leaves the account out."""
    return json.dumps({"account": routing.ACCOUNT, **json.loads(body)})


def _text(record: Record) -> str:
    """What stays the same of a message or record over all its deliveries."""
    return str(record.get("body") or record.get("eventID"))
