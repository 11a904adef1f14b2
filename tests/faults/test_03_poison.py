"""Poison first, in the middle, last, everywhere: it goes to quarantine whole, with its reason, and delays nobody."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts import ids
from tests.harness.system import System
from tests.support import events, tables
from tests.support.invocations import (
    Context,
    envelope,
    message,
    queue_batch,
    stream_batch,
    stream_record,
    to_be_retried,
)

POISON = '{"metadata": {}, "metadata": {}}'
SIZE = 6
POSITIONS = {"first": {0}, "middle": {2}, "last": {SIZE - 1}, "several": {0, 3, 5}, "all": set(range(SIZE))}
ORDER_IDS = [ids.order_id("online", "customer-1", f"poison-{n}") for n in range(SIZE)]


def order(n: int) -> dict[str, Any]:
    return events.order_image(order_id=ORDER_IDS[n], lines=[{**LINE, "sku": "ACRYLIC-12"}])


LINE = {"name": "Pen", "quantity": 2, "unit_price": 999}
BODIES: dict[str, Callable[[int], str]] = {
    "recorder": lambda n: envelope(events.order_placed(order_id=ORDER_IDS[n])),
    "finance": lambda n: message(events.order_changed(paid(n), order(n))),
    "warehouse": lambda n: message(events.order_changed(order(n))),
    "customer_service": lambda n: message(events.order_changed(order(n))),
}
EFFECTS = {
    "recorder": (tables.ORDERS, "order_id"),
    "finance": (tables.LEDGER, "order_id"),
    "warehouse": (tables.STOCK, "order_id"),
    "customer_service": (tables.CASES, "order_id"),
}


def paid(n: int) -> dict[str, Any]:
    return events.order_image("paid", version=2, order_id=ORDER_IDS[n])


def with_effect(system: System, function: str) -> set[str]:
    table, key = EFFECTS[function]
    return {item[key] for item in tables.scan(system.aws("dynamodb"), table) if key in item}


@pytest.mark.parametrize("poison", POSITIONS.values(), ids=POSITIONS)
@pytest.mark.parametrize("function", BODIES)
def test_good_messages_have_their_effect_at_once_when_poison_is_among_them(
    system: System, function: str, poison: set[int]
) -> None:
    bodies = [POISON if n in poison else BODIES[function](n) for n in range(SIZE)]

    answer = system.handlers[function](queue_batch(*bodies), Context())

    assert to_be_retried(answer) == []
    assert with_effect(system, function) == {ORDER_IDS[n] for n in range(SIZE) if n not in poison}
    kept = [json.loads(body) for body in system.take(f"{function}-dead-letter")]
    assert [(letter["payload"], letter["reason"]) for letter in kept] == [(POISON, "malformed_json")] * len(poison)


@pytest.mark.parametrize("poison", POSITIONS.values(), ids=POSITIONS)
def test_good_records_are_published_at_once_when_poison_is_among_them(system: System, poison: set[int]) -> None:
    good = [events.order_item(order_id=ORDER_IDS[n]) for n in range(SIZE)]
    records = [stream_record(n, None, {**good[n], "version": 0} if n in poison else good[n]) for n in range(SIZE)]

    answer = system.handlers["relay"](stream_batch(records), Context())

    assert to_be_retried(answer) == []
    published = [json.loads(body)["data"]["order_id"] for body in system.take("topic")]
    assert sorted(published) == sorted(ORDER_IDS[n] for n in range(SIZE) if n not in poison)
    letters = [json.loads(text) for place, text in system.dead_letter_texts() if place == "bucket/relay"]
    assert sorted(json.loads(letter["payload"])["eventID"] for letter in letters) == sorted(
        records[n]["eventID"] for n in poison
    )
    assert {letter["reason"] for letter in letters} == {"version_missing"}


def test_message_comes_back_when_its_quarantine_does_not_answer(system: System) -> None:
    system.faults.down = {"sqs": ""}

    answer = system.handlers["finance"](queue_batch(BODIES["finance"](0), POISON), Context())

    assert to_be_retried(answer) == ["message-1"]
    assert with_effect(system, "finance") == {ORDER_IDS[0]}


def test_record_comes_back_when_its_quarantine_does_not_answer(system: System) -> None:
    item = events.order_item(order_id=ORDER_IDS[0])
    records = [
        stream_record(1, None, item),
        stream_record(2, None, {**item, "version": 0}),
        stream_record(3, None, item),
    ]
    system.faults.down = {"s3": ""}

    answer = system.handlers["relay"](stream_batch(records), Context())

    assert to_be_retried(answer) == [records[1]["dynamodb"]["SequenceNumber"]]
    assert len(system.take("topic")) == 1
