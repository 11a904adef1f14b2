"""The entries that both publishers send, and the limits of EventBridge and SNS that they check first."""

import json
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.publisher import BusPublisher, TopicPublisher, bus, topic
from common.publisher.prepare import UnpublishableError
from common.publisher.retry import Entry, Limits, chunks
from contracts import Event, encode
from orderflow_cli import ROOT
from orderflow_cli.routes import messages
from orderflow_cli.routes.messages import Contract
from tests.support import events
from tests.support.clock import Clock
from tests.unit.common.aws_doubles import BusDouble, TopicDouble

CONTRACTS = messages.load(ROOT / "lambdas/contracts/schemas", ROOT / "lambdas/contracts/examples")
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:orders"


def publish_to_bus(*batch: Event, producer: str = "webhooks") -> tuple[BusDouble, list[tuple[Event, str, str]]]:
    client = BusDouble()
    failures = BusPublisher(client, "bus-1", producer, Clock().policy()).publish(batch)  # type: ignore[arg-type]
    return client, [(failure.event, failure.kind, failure.detail) for failure in failures]


def publish_to_topic(*batch: Event) -> tuple[TopicDouble, list[tuple[Event, str, str]]]:
    client = TopicDouble()
    failures = TopicPublisher(client, TOPIC_ARN, Clock().policy()).publish(batch)  # type: ignore[arg-type]
    return client, [(failure.event, failure.kind, failure.detail) for failure in failures]


def test_bus_entry_has_all_its_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)
    event = events.payment_captured()

    client, failures = publish_to_bus(event)

    entry = {"EventBusName": "bus-1", "Source": "orderflow.webhooks", "DetailType": "PaymentCaptured"}
    assert (failures, client.requests) == ([], [[{**entry, "Detail": encode(event)}]])


@pytest.mark.parametrize(("trace", "is_sent"), [("Root=1-5759e988;Sampled=1", True), ("Root=" + "1" * 496, False)])
def test_trace_header_is_sent_unless_it_is_too_long(monkeypatch: pytest.MonkeyPatch, trace: str, is_sent: bool) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", trace)

    client, failures = publish_to_bus(events.payment_captured())

    assert (failures, client.requests[0][0].get("TraceHeader")) == ([], trace if is_sent else None)


def test_only_valid_events_are_sent() -> None:
    valid_event, *invalid_events = (events.payment_captured() for _ in range(4))
    incomplete_events: Any = [{}, {"metadata": None}]
    invalid_events[0]["data"]["amount"] = -1
    invalid_events[1]["metadata"]["producer"] = "finance"
    invalid_events[2]["metadata"]["schema_version"] = 9

    client, failures = publish_to_bus(invalid_events[0], valid_event, *invalid_events[1:], *incomplete_events)

    assert client.sent_ids == [[valid_event["metadata"]["event_id"]]]
    assert [(event, kind) for event, kind, _ in failures] == [
        (event, "invalid") for event in (*invalid_events, *incomplete_events)
    ]
    assert "data.amount" in failures[0][2]
    assert "finance" in failures[1][2]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), "\ud800", object(), b"bytes"], ids=lambda v: type(v).__name__
)
def test_event_that_cannot_be_encoded_as_json_is_invalid(value: Any) -> None:
    event = events.payment_declined()
    event["data"]["reason"] = value

    client, failures = publish_to_bus(event)

    assert (client.requests, [kind for _, kind, _ in failures]) == ([], ["invalid"])


def test_entry_size_is_in_bytes() -> None:
    entry: Any = {"Source": "é", "DetailType": "☃", "Detail": "😀", "Resources": ["ab", "é"]}

    assert bus.entry_size(entry) == 2 + 3 + 4 + 2 + 2
    assert bus.entry_size({**entry, "Time": 0}) == 14 + 13


def test_error_names_the_limit_that_a_bus_entry_exceeds() -> None:
    entry: Any = {"Source": "s", "DetailType": "T" * 128, "Detail": "d" * (256_000 - 129)}

    assert bus.check_and_measure(entry) == 256_000
    for name, limit in (("Detail", "256000"), ("DetailType", "128")):
        with pytest.raises(UnpublishableError, match=limit):
            bus.check_and_measure({**entry, name: entry[name] + "+"})


def test_topic_message_has_all_its_fields() -> None:
    event = events.order_changed(events.order_image("paid", version=2), events.order_image())

    client, failures = publish_to_topic(event)

    texts = {"event_type": "OrderChanged", "status": "paid", "channel": "web"}
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
    message = {"Id": "0", "Message": encode(event), "MessageAttributes": attributes}
    assert (failures, client.requests) == ([], [[message]])


@pytest.mark.parametrize("contract", [c for c in CONTRACTS if c.carrier == "topic"], ids=lambda c: c.name)
def test_message_attributes_match_the_contract(contract: Contract) -> None:
    for message in contract.messages():
        assert {name: value["StringValue"] for name, value in message.attributes.items()} == topic.message_attributes(
            message.body
        )


def test_event_without_status_and_channel_is_invalid() -> None:
    client, failures = publish_to_topic(events.payment_captured())

    assert (client.requests, [kind for _, kind, _ in failures]) == ([], ["invalid"])


def test_message_size_includes_attributes() -> None:
    assert topic.message_size("é", {"ab": "ü", "c": ""}) == 2 + (2 + 6 + 2) + (1 + 6)


def test_large_messages_are_sent_in_several_calls() -> None:
    batch = [events.order_changed(image(60_000, version=2), image(60_000)) for _ in range(5)]

    client, failures = publish_to_topic(*batch)

    assert failures == []
    assert [len(call) for call in client.sent_ids] == [2, 2, 1]
    for request in client.requests:
        assert sum(size_in_bytes(entry) for entry in request) <= 262_144


def test_only_the_message_that_is_too_large_fails() -> None:
    small_events = [events.order_changed(events.order_image()) for _ in range(2)]
    large_event = events.order_changed(image(140_000, version=2), image(140_000))

    client, failures = publish_to_topic(small_events[0], large_event, small_events[1])

    assert client.sent_ids == [[event["metadata"]["event_id"] for event in small_events]]
    assert [(event, kind) for event, kind, _ in failures] == [(large_event, "invalid")]
    assert "262144" in failures[0][2]


@given(st.lists(st.integers(1, 50), max_size=60))
def test_chunks_are_full_and_in_order(sizes: list[int]) -> None:
    limits = Limits(entries=10, size=50)
    entries = [Entry(index, index, size) for index, size in enumerate(sizes)]

    result = list(chunks(entries, limits))

    assert [entry for chunk in result for entry in chunk] == entries
    for chunk, next_chunk in zip_longest(result, result[1:]):
        size = sum(entry.size for entry in chunk)
        assert 0 < len(chunk) <= 10
        assert size <= 50
        assert next_chunk is None or len(chunk) == 10 or size + next_chunk[0].size > 50


def image(size: int, *, version: int = 1) -> dict[str, Any]:
    """Return a valid order image of about `size` bytes; its product names have four bytes per character."""
    line = {"sku": "PEN", "name": "😀" * 200, "quantity": 1, "unit_price": 0}
    lines = [line] * min(100, size // len(json.dumps(line, ensure_ascii=False).encode()))
    payments, refunds = {}, {}
    if size > 100_000:
        payment = {"amount": 1, "currency": "EUR", "captured_at": events.NOW, "method": "m" * 64}
        payments = {f"{number:03}".ljust(128, "p"): payment for number in range(100)}
        refund = {"payment_id": "p" * 128, "amount": 1, "currency": "EUR", "reason": "r" * 64, "state": "due"}
        refunds = {f"rfd_{'a' * 24}{first}{second}": refund for first in "abcdefghij" for second in "abcdefghij"}
    return events.order_image(version=version, lines=lines, payments=payments, refunds=refunds)


def size_in_bytes(entry: dict[str, Any]) -> int:
    values = {name: value["StringValue"] for name, value in entry["MessageAttributes"].items()}
    return topic.message_size(entry["Message"], values)
