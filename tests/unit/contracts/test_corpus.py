"""Functions can read events and items of every earlier release, which queues, archives and tables may still hold.

A new structure adds lines to tests/corpus; existing lines are never changed."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from common.attribute_values import from_item
from common.order_changes import read_change
from contracts import Event, encode, read, times
from contracts.generated.index import VALIDATORS
from customer_service.cases import derive_cases
from customer_service.notices import derive_notice
from finance.derive import LedgerEntry, derive_outcome
from recorder.effects import RecordingSettings, derive_changes
from recorder.transitions import STATUSES, TRANSITIONS, WRITING_OUTCOMES, decide
from relay.transform import to_event
from tests.support.invocations import stream_record
from warehouse.reservation import State, derive_demand

CORPUS_FOLDER = Path(__file__).parents[2] / "corpus"
EVENTS: list[Event] = [json.loads(line) for line in (CORPUS_FOLDER / "events.jsonl").read_text().splitlines()]
ITEMS: list[dict[str, Any]] = [json.loads(line) for line in (CORPUS_FOLDER / "items.jsonl").read_text().splitlines()]
ORDERS = [from_item(each["item"]) for each in ITEMS if each["table"] == "orders"]


def event_type(event: Event) -> str:
    return event["metadata"]["event_type"]


def test_corpus_has_every_event_type_order_status_and_table() -> None:
    tables = {each["table"] for each in ITEMS}
    states = {each["item"]["state"]["S"] for each in ITEMS if each["table"] == "stock" and "state" in each["item"]}

    assert {(event_type(event), event["metadata"]["schema_version"]) for event in EVENTS} == set(VALIDATORS)
    assert {order["status"] for order in ORDERS} == set(STATUSES)
    assert tables == {"orders", "stock", "ledger", "cases"}
    assert states == set(State) - {State.RESERVING, State.RELEASING}  # intermediate states


@pytest.mark.parametrize("event", EVENTS, ids=event_type)
def test_event_from_the_corpus_is_read_by_its_consumers(event: Event) -> None:
    assert read(cast("dict[str, Any]", event)) == event
    if event_type(event) == "OrderChanged":
        change = read_change(encode(event))
        derive_outcome(change, "2026-03-01T09:00:00.000Z")
        derive_cases(change["data"]["after"])
        derive_notice(change["data"])
        derive_demand(change)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order["status"])
def test_order_from_the_corpus_can_be_changed_and_transformed(order: dict[str, Any]) -> None:
    for event in EVENTS:
        if event_type(event) in TRANSITIONS:
            decision = decide(event, order)
            if decision.outcome in WRITING_OUTCOMES:
                derive_changes(event, order, decision, RecordingSettings(1_800, 400), times.utc_now())

    changed_event = to_event(stream_record(1, order, {**order, "version": order["version"] + 1, "status": "refunded"}))
    deleted_event = to_event(stream_record(2, order, None))

    assert [event_type(each) for each in (changed_event, deleted_event) if each] == ["OrderChanged", "OrderDeleted"]


def test_ledger_entry_from_the_corpus_has_the_current_fields() -> None:
    entries = [from_item(each["item"]) for each in ITEMS if each["table"] == "ledger"]

    assert [entry_fields(LedgerEntry(**entry)) for entry in entries] == entries


def entry_fields(entry: LedgerEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in LedgerEntry.__slots__}
