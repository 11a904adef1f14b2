"""The whole pipeline in this process: real handlers on moto's tables, stream, queues, topic, bus and bucket, joined by
the mappings and fan-outs of this folder. `docs/faults.md` says for each hop what is real and what is harness."""

import contextlib
import json
import os
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any
from unittest import mock

import boto3

from common import aws
from common.observability import logger, metrics
from orderflow_cli import seed as shelves
from orderflow_cli.invariants import Snapshot
from orderflow_cli.snapshot import items
from tests.harness import policies
from tests.harness.fan_out import FanOut, Target
from tests.harness.faults import Faults, FaultyClient, Killed
from tests.harness.on_failure import BucketDestination
from tests.harness.partners import SECRETS, Partners
from tests.harness.queue_mapping import QueueMapping, QueueSettings
from tests.harness.stream_mapping import Clock, Handler, Settings, StreamMapping
from tests.harness.stream_records import Record, StreamReader
from tests.support import tables
from tests.support.handlers import fresh_handler
from tests.support.invocations import Context

BUS, TOPIC, BUCKET, SECRET = "orders-bus", "order-changes", "stream-failures", "webhooks"
CONSUMERS = ("finance", "warehouse", "customer_service")
RECEIVES = {"intake": 40, "finance": 5, "warehouse": 5, "customer_service": 5}  # as in terraform/pipeline
STREAM = Settings(
    batch_size=100,
    maximum_retry_attempts=8,  # 10,000 there, where the age limit of 12 h ends it first
    maximum_record_age_seconds=43_200,
    bisect_on_error=True,
    report_batch_item_failures=True,
)
ORDER_ID = re.compile(r"ord_[a-z2-7]{26}")
SKUS, PIECES = 4, 100_000


class System:
    """Everything, empty and quiet. Use inside `mock_aws` with credentials set (fixture `aws`)."""

    def __init__(self, faults: Faults, seed: int = 1, *, stream: Settings = STREAM) -> None:
        self.faults = faults
        self.clock = Clock(time.time())
        self.random = random.Random(seed)
        self.accepted: set[str] = set()
        self.invocations: Counter[str] = Counter()
        self.aws = _client
        logger.setLevel("CRITICAL")
        self._make_places()
        self.handlers = {name: self._load(name) for name in self._environments()}
        self.partners = Partners(seed, self.clock, self._call_back)
        self.queue_mappings = {
            place: self._queue_mapping(place, "recorder" if place == "intake" else place) for place in RECEIVES
        }
        self.relay_mapping = StreamMapping(
            reader=_Written(StreamReader(self.aws("dynamodbstreams"), self._stream_arn)),
            handler=self._invoker("relay", "stream"),
            settings=stream,
            destination=BucketDestination(self.aws("s3"), BUCKET, "arn:aws:lambda:eu-west-1:1:function:relay", "relay"),
            clock=self.clock,
            context=Context,
        )
        self.bus_fan_out = self._fan_out("bus", self._bus_targets())
        self.topic_fan_out = self._fan_out("topic", self._topic_targets())
        self._parts = (
            *self.queue_mappings.values(),
            self.relay_mapping,
            self.bus_fan_out,
            self.topic_fan_out,
            self.partners,
        )

    # What it is made of

    def _make_places(self) -> None:
        sqs, dynamodb, s3 = self.aws("sqs"), self.aws("dynamodb"), self.aws("s3")
        self.urls: dict[str, str] = {}
        for place, receives in RECEIVES.items():
            dead = self._queue(f"{place}-dlq")
            redrive = {"deadLetterTargetArn": self._arn(dead), "maxReceiveCount": receives}
            self._queue(place)
            sqs.set_queue_attributes(QueueUrl=self.urls[place], Attributes={"RedrivePolicy": json.dumps(redrive)})
        for function in ("recorder", *CONSUMERS):
            self._queue(f"{function}-dead-letter")
        for name in ("intake", "payments", "refunds", "carrier"):
            self._queue(f"rule-{name}-dlq")
        for name in CONSUMERS:
            self._queue(f"subscription-{name}-dlq")
        for role in (tables.ORDERS, tables.LEDGER, tables.STOCK, tables.CASES):
            tables.create_table(dynamodb, role)
        self._stream_arn = dynamodb.describe_table(TableName=tables.ORDERS)["Table"]["LatestStreamArn"]
        self.skus = [*sorted(shelves.catalog())[:SKUS], shelves.sold_out_sku()]
        self.initial_stock = {sku: 0 if sku == shelves.sold_out_sku() else PIECES for sku in self.skus}
        for sku, pieces in self.initial_stock.items():
            tables.put(dynamodb, tables.STOCK, {"pk": f"sku#{sku}", "available": pieces})
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        secret = json.dumps({name: {"current": value} for name, value in SECRETS.items()})
        self.aws("secretsmanager").create_secret(Name=SECRET, SecretString=secret)
        events, sns = self.aws("events"), self.aws("sns")
        events.create_event_bus(Name=BUS)
        events.put_rule(Name="all", EventBusName=BUS, EventPattern=json.dumps({"account": [{"exists": True}]}))
        target = {"Id": "all", "Arn": self._arn(self._queue("bus"))}
        events.put_targets(Rule="all", EventBusName=BUS, Targets=[target])
        self.topic_arn = sns.create_topic(Name=TOPIC)["TopicArn"]
        self.notices_arn = sns.create_topic(Name="notices")["TopicArn"]
        raw = {"RawMessageDelivery": "true"}
        for topic, name in ((self.topic_arn, "topic"), (self.notices_arn, "notices")):
            sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=self._arn(self._queue(name)), Attributes=raw)

    def _queue(self, name: str) -> str:
        self.urls[name] = self.aws("sqs").create_queue(QueueName=name)["QueueUrl"]
        return self.urls[name]

    def _arn(self, url: str) -> str:
        attributes = self.aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(attributes["Attributes"]["QueueArn"])

    def _environments(self) -> dict[str, dict[str, str]]:
        dead = {name: self.urls[f"{name}-dead-letter"] for name in ("recorder", *CONSUMERS)}
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
            "relay": {"TOPIC_ARN": self.topic_arn, "FAILURE_BUCKET": BUCKET},
            "finance": {
                "BUS_NAME": BUS,
                "LEDGER_TABLE": tables.LEDGER,
                "DEAD_LETTER_QUEUE_URL": dead["finance"],
            },
            "warehouse": {"BUS_NAME": BUS, "STOCK_TABLE": tables.STOCK, "DEAD_LETTER_QUEUE_URL": dead["warehouse"]},
            "customer_service": {
                "CASES_TABLE": tables.CASES,
                "NOTICES_TOPIC_ARN": self.notices_arn,
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
            client=self.aws("sqs"),
            queue_url=self.urls[place],
            handler=self._invoker(function, "queue"),
            settings=QueueSettings(visibility_seconds=90),
            clock=self.clock,
            context=Context,
        )

    def _fan_out(self, source: str, targets: list[Target]) -> FanOut:
        self.targets = {**getattr(self, "targets", {}), **{f"{source}/{target.name}": target for target in targets}}
        return FanOut(
            sqs=self.aws("sqs"),
            source_url=self.urls[source],
            targets=targets,
            faults=self.faults,
            clock=self.clock,
            hop=source,
        )

    def _bus_targets(self) -> list[Target]:
        deliveries = {
            "intake": self._sender("intake"),
            "payments": self.partners.pay,
            "refunds": self.partners.refund,
            "carrier": self.partners.ship,
        }
        return [
            Target(name, policies.wanted_by_rule(name), deliver, self.urls[f"rule-{name}-dlq"])
            for name, deliver in deliveries.items()
        ]

    def _topic_targets(self) -> list[Target]:
        return [
            Target(name, policies.wanted_by_subscriber(name), self._sender(name), self.urls[f"subscription-{name}-dlq"])
            for name in CONSUMERS
        ]

    def _sender(self, place: str) -> Callable[[str], None]:
        return lambda body: self.aws("sqs").send_message(QueueUrl=self.urls[place], MessageBody=body) and None

    # What goes in

    def place_order(self, number: int, attempts: int = 50) -> bool:
        """Send one request, again and again until it is answered with 202, as a shop's client does; say if it was."""
        lines = [{"sku": sku, "quantity": self.random.randint(1, 3)} for sku in self.random.sample(self.skus[:-1], 2)]
        if self.random.random() < 0.05:
            lines.append({"sku": self.skus[-1], "quantity": 1})
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
        http = {"method": "POST", "path": path}
        claims = {"jwt": {"claims": {"sub": "customer-1"}, "scopes": None}}
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": headers,
            "requestContext": {"http": http, "stage": "$default", "requestId": "r-1", "authorizer": claims},
            "isBase64Encoded": False,
            "body": body,
        }
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
        """Order id -> the dead-letter place that holds something of it."""
        found: dict[str, str] = {}
        for place, text in self.dead_letter_texts():
            found.update((order_id, place) for order_id in ORDER_ID.findall(text))
        return found

    def dead_letter_texts(self) -> Iterator[tuple[str, str]]:
        """Everything in the dead-letter places, left there."""
        for place, url in self.urls.items():
            if place.endswith(("-dlq", "-dead-letter")):
                yield from ((place, body) for body in self._bodies(url))
        s3 = self.aws("s3")
        for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            place = f"{BUCKET}/{'/'.join(entry['Key'].split('/')[:2])}"
            yield place, s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read().decode()

    def take(self, place: str) -> list[str]:
        """Everything in a queue, taken out of it."""
        return self._bodies(self.urls[place], take=True)

    def _bodies(self, url: str, *, take: bool = False) -> list[str]:
        sqs, found = self.aws("sqs"), []
        while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += received
        for message in found:
            handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
            sqs.delete_message(**handle) if take else sqs.change_message_visibility(**handle, VisibilityTimeout=0)
        return [message["Body"] for message in found]

    def redrive(self) -> Counter[str]:
        """Send every dead letter to the target that failed, and to no other; how many from which place."""
        sent: Counter[str] = Counter()
        for place, url in self.urls.items():
            if not place.endswith(("-dlq", "-dead-letter")):
                continue
            for body in self._bodies(url, take=True):
                self._resend(place, body)
                sent[place] += 1
        s3 = self.aws("s3")
        for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
            letter = json.loads(s3.get_object(Bucket=BUCKET, Key=entry["Key"])["Body"].read())
            payload = json.loads(letter["payload"])
            records = payload["Records"] if "requestContext" in letter else [payload]
            answer = self.handlers["relay"]({"Records": records}, Context())
            assert answer == {"batchItemFailures": []}, "the relay must take what is redriven to it"
            s3.delete_object(Bucket=BUCKET, Key=entry["Key"])
            sent[f"{BUCKET}/{'/'.join(entry['Key'].split('/')[:2])}"] += 1
        return sent

    def _resend(self, place: str, body: str) -> None:
        if place.startswith("rule-"):
            self.targets[f"bus/{place.removeprefix('rule-').removesuffix('-dlq')}"].deliver(body)
        elif place.startswith("subscription-"):
            self.targets[f"topic/{place.removeprefix('subscription-').removesuffix('-dlq')}"].deliver(body)
        elif place.endswith("-dlq"):
            self._sender(place.removesuffix("-dlq"))(body)
        else:
            function = place.removesuffix("-dead-letter")
            self._sender("intake" if function == "recorder" else function)(json.loads(body)["payload"])

    def snapshot(self) -> Snapshot:
        dynamodb = self.aws("dynamodb")
        stock = list(items(dynamodb, tables.STOCK))
        return Snapshot(
            accepted=frozenset(self.accepted),
            orders={item["order_id"]: item for item in items(dynamodb, tables.ORDERS)},
            ledger=list(items(dynamodb, tables.LEDGER)),
            reservations={item["order_id"]: item for item in stock if item["pk"].startswith("order#")},
            initial_stock=self.initial_stock,
            available={i["pk"].removeprefix("sku#"): i["available"] for i in stock if i["pk"].startswith("sku#")},
            notices=[
                {**item, "version": int(item["case_id"].removeprefix("notice#"))}
                for item in items(dynamodb, tables.CASES)
                if item["case_id"].startswith("notice#")
            ],
            book=self.partners.book,
            dead_letters=self.dead_letters(),
        )


@cache
def _client(name: str) -> Any:
    """One client per service for all systems: making one takes longer than many of its calls."""
    return boto3.client(name, region_name="eu-west-1")


class _Written:
    """Leaves out the records of nothing but the key that moto adds for an UpdateItem that makes a new item."""

    def __init__(self, reader: StreamReader) -> None:
        self._reader = reader

    def read(self) -> Iterator[tuple[str, Record]]:
        for shard_id, record in self._reader.read():
            change = record["dynamodb"]
            if change.get("NewImage", {}).keys() != change["Keys"].keys():
                yield shard_id, record


def _text(record: Record) -> str:
    """What stays the same of a message or record over all its deliveries."""
    return str(record.get("body") or record.get("eventID"))
