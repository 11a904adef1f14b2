"""Compares bus and topic: sends the same payloads through a temporary bus and a temporary topic to queues."""

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import Any

from orderflow_cli.console import pluralize
from orderflow_cli.environments import Cloud
from orderflow_cli.terminal.publish import percentiles

QUIET_SECONDS = 10.0
"""If no message arrives for this long, missing messages count as not delivered."""

# USD per million requests, us-east-1: https://aws.amazon.com/eventbridge/pricing/, https://aws.amazon.com/sns/pricing/,
# https://aws.amazon.com/sqs/pricing/. Each 64 KB counts as a request; a message is sent, received and deleted.
BUS_PRICE, TOPIC_PRICE, QUEUE_PRICE = 1.00, 0.50, 0.40
BILLED_CHUNK_BYTES = 64 * 1024


@dataclass
class Result:
    """The result of a `carrier` (bus or topic). `milliseconds`: from publishing a message to its arrival in a queue."""

    carrier: str
    sent_count: int = 0
    milliseconds: list[float] = field(default_factory=list)
    first_sent_at: float = 0.0
    last_arrived_at: float = 0.0
    received_message_numbers: set[str] = field(default_factory=set)

    @property
    def delivery_rate(self) -> float:
        return len(self.received_message_numbers) / self.sent_count if self.sent_count else 0.0

    @property
    def messages_per_second(self) -> float:
        return len(self.received_message_numbers) / max(self.last_arrived_at - self.first_sent_at, 0.001)

    @property
    def percentiles(self) -> dict[str, float]:
        return dict(percentiles(self.milliseconds))


def cost(messages: int, size: int) -> float:
    """Return the cost in dollars of sending `messages` messages of `size` bytes through bus and topic to queues."""
    chunks = -(-size // BILLED_CHUNK_BYTES)
    return messages * chunks * (BUS_PRICE + TOPIC_PRICE + 2 * 3 * QUEUE_PRICE) / 1_000_000


def payloads(messages: int, size: int) -> list[str]:
    """Return the payloads: JSON texts of at least `size` bytes, each with its own number."""
    overhead = len(json.dumps({"number": "00000000", "padding": ""}))
    return [json.dumps({"number": f"{n:08}", "padding": "x" * max(0, size - overhead)}) for n in range(messages)]


@contextmanager
def temporary_resources(cloud: Cloud) -> Iterator["TemporaryResources"]:
    """Create a temporary bus, topic and two queues, and remove them at the end of the block."""
    resources = TemporaryResources(cloud, f"{cloud.prefix}-compare-{uuid.uuid4().hex[:8]}")
    with ExitStack() as stack:
        resources.create(stack)
        yield resources


class TemporaryResources:
    def __init__(self, cloud: Cloud, name: str) -> None:
        self._sqs, self._sns, self._events = (cloud.client(one) for one in ("sqs", "sns", "events"))
        self._name = name
        self._topic = ""
        self._urls: dict[str, str] = {}

    def create(self, stack: ExitStack) -> None:
        self._events.create_event_bus(Name=self._name)
        stack.callback(self._events.delete_event_bus, Name=self._name)
        self._topic = self._sns.create_topic(Name=self._name)["TopicArn"]
        stack.callback(self._sns.delete_topic, TopicArn=self._topic)
        rule = {"EventBusName": self._name, "EventPattern": json.dumps({"source": ["compare"]})}
        arn = self._events.put_rule(Name="all", **rule)["RuleArn"]
        stack.callback(self._events.delete_rule, Name="all", EventBusName=self._name)
        bus_queue, topic_queue = self._create_queue(stack, "bus", arn), self._create_queue(stack, "topic", self._topic)
        self._events.put_targets(Rule="all", EventBusName=self._name, Targets=[{"Id": "queue", "Arn": bus_queue}])
        stack.callback(self._events.remove_targets, Rule="all", EventBusName=self._name, Ids=["queue"])
        attributes = {"RawMessageDelivery": "true"}
        self._sns.subscribe(TopicArn=self._topic, Protocol="sqs", Endpoint=topic_queue, Attributes=attributes)

    def _create_queue(self, stack: ExitStack, carrier: str, source_arn: str) -> str:
        url = self._sqs.create_queue(QueueName=f"{self._name}-{carrier}")["QueueUrl"]
        stack.callback(self._sqs.delete_queue, QueueUrl=url)
        self._urls[carrier] = url
        arn: str = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        senders = {"Service": ["events.amazonaws.com", "sns.amazonaws.com"]}
        grant = {"Effect": "Allow", "Principal": senders, "Action": "sqs:SendMessage", "Resource": arn}
        condition = {"ArnEquals": {"aws:SourceArn": source_arn}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [{**grant, "Condition": condition}]})
        self._sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return arn

    def measure(self, carrier: str, payloads: Sequence[str]) -> Result:
        """Publish all payloads in batches of ten, receiving messages in between; then wait for the missing messages."""
        result = Result(carrier, first_sent_at=time.time())
        sent_at: dict[str, float] = {}
        for batch in batched(payloads, 10, strict=False):
            now = time.time()
            accepted_texts = self._publish(carrier, batch)
            sent_at |= {json.loads(text)["number"]: now for text in accepted_texts}
            result.sent_count += len(batch)
            self._receive(carrier, sent_at, result, wait_seconds=0)
        quiet_since = time.monotonic()
        while len(result.received_message_numbers) < len(payloads) and time.monotonic() - quiet_since < QUIET_SECONDS:
            if self._receive(carrier, sent_at, result, wait_seconds=1):
                quiet_since = time.monotonic()
        return result

    def _publish(self, carrier: str, batch: Sequence[str]) -> list[str]:
        """Publish a batch and return the accepted messages."""
        if carrier == "topic":
            entries = [{"Id": str(number), "Message": text} for number, text in enumerate(batch)]
            response = self._sns.publish_batch(TopicArn=self._topic, PublishBatchRequestEntries=entries)
            failed_indexes = {int(one["Id"]) for one in response.get("Failed", [])}
        else:
            entry = {"EventBusName": self._name, "Source": "compare", "DetailType": "Compared"}
            response = self._events.put_events(Entries=[{**entry, "Detail": text} for text in batch])
            failed_indexes = {index for index, one in enumerate(response["Entries"]) if "ErrorCode" in one}
        return [text for index, text in enumerate(batch) if index not in failed_indexes]

    def _receive(self, carrier: str, sent_at: dict[str, float], result: Result, wait_seconds: int) -> int:
        url = self._urls[carrier]
        request = {"MaxNumberOfMessages": 10, "WaitTimeSeconds": wait_seconds, "AttributeNames": ["SentTimestamp"]}
        messages: list[dict[str, Any]] = self._sqs.receive_message(QueueUrl=url, **request).get("Messages", [])
        for message in messages:
            body = json.loads(message["Body"])
            number = (body["detail"] if carrier == "bus" else body)["number"]
            arrived_at = int(message["Attributes"]["SentTimestamp"]) / 1000
            result.last_arrived_at = max(result.last_arrived_at, arrived_at)
            if number not in result.received_message_numbers:
                result.received_message_numbers.add(number)
                result.milliseconds.append(max(0.0, (arrived_at - sent_at.get(number, arrived_at)) * 1000))
        if messages:
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
            self._sqs.delete_message_batch(QueueUrl=url, Entries=entries)
        return len(messages)


def histogram(milliseconds: Sequence[float], width: int = 40) -> list[tuple[str, int, str]]:
    """Return the bounds, count and bar of each power-of-two bucket, from the lowest to the highest value."""
    exponents = [max(0, int(value)).bit_length() for value in milliseconds]
    counts = {n: exponents.count(n) for n in range(min(exponents, default=0), max(exponents, default=-1) + 1)}
    max_count = max(counts.values(), default=1)
    buckets = [(2 ** (exponent - 1) if exponent else 0, 2**exponent, count) for exponent, count in counts.items()]
    return [(f"{lower}-{upper} ms", count, "█" * -(-count * width // max_count)) for lower, upper, count in buckets]


def recommendation(bus: Result, topic: Result) -> str:
    """Return which was faster, and when to use which, based on the results and on properties not measured."""
    today = datetime.now(UTC)
    if not bus.received_message_numbers or not topic.received_message_numbers:
        failed_carriers_text = " or the ".join(one.carrier for one in (bus, topic) if not one.received_message_numbers)
        return f"No message arrived through the {failed_carriers_text}, so there is nothing to compare."
    p99 = {"bus": bus.percentiles["p99"], "topic": topic.percentiles["p99"]}
    (faster_carrier, low), (slower_carrier, high) = sorted(p99.items(), key=lambda item: item[1])
    losses = [f"{one.carrier} delivered {one.delivery_rate:.1%}" for one in (bus, topic) if one.delivery_rate < 1]
    verdict = f"At p99 the {faster_carrier} was faster here: {low:,.0f} ms; the {slower_carrier} took {high:,.0f} ms."
    if high < 1.2 * low:
        verdict = f"At p99 both were about equally fast here: bus {p99['bus']:,.0f} ms, topic {p99['topic']:,.0f} ms."
    note = f" But {', '.join(losses)}: find out why before trusting either figure." if losses else ""
    return (
        f"{verdict}{note} Use the topic if one kind of message goes to many receivers that filter on a few fields and "
        "milliseconds count; use the bus if events of many kinds and sources are routed on any field, or must be "
        f"replayed or sent to other accounts. These figures hold for {pluralize(bus.sent_count, 'message')} of this "
        f"size, at this rate, from this machine, on {today:%Y-%m-%d}; the cost per event does not depend on the rate."
    )
