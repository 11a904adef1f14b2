"""Events and items of every version that was ever in use are read for ever: dead-letter queues and archives hold them.

Lines are added to tests/corpus when a shape is new, and never changed."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from common.attribute_values import from_item
from common.order_changes import read_change
from contracts import Event, encode, read, times
from contracts.generated.index import VALIDATORS
from customer_service.cases import cases_of
from customer_service.notices import notice_of
from finance.derive import LedgerEntry, derive
from recorder.effects import Terms, changes_of
from recorder.transitions import STATUSES, TABLE, WRITING, decide
from relay.transform import to_event
from tests.support.invocations import stream_record
from warehouse.reservation import State, demand_of

CORPUS = Path(__file__).parents[2] / "corpus"
EVENTS: list[Event] = [json.loads(line) for line in (CORPUS / "events.jsonl").read_text().splitlines()]
ITEMS: list[dict[str, Any]] = [json.loads(line) for line in (CORPUS / "items.jsonl").read_text().splitlines()]
ORDERS = [from_item(each["item"]) for each in ITEMS if each["table"] == "orders"]


def name_of(event: Event) -> str:
    return event["metadata"]["event_type"]


def test_corpus_has_every_event_and_every_item() -> None:
    tables = {each["table"] for each in ITEMS}
    states = {each["item"]["state"]["S"] for each in ITEMS if each["table"] == "stock" and "state" in each["item"]}

    assert {(name_of(event), event["metadata"]["schema_version"]) for event in EVENTS} == set(VALIDATORS)
    assert {order["status"] for order in ORDERS} == set(STATUSES)
    assert tables == {"orders", "stock", "ledger", "cases"}
    assert states == set(State) - {State.RESERVING, State.RELEASING}  # which are passed in one go


@pytest.mark.parametrize("event", EVENTS, ids=name_of)
def test_event_is_read_by_everybody_who_may_get_it(event: Event) -> None:
    assert read(cast("dict[str, Any]", event)) == event
    if name_of(event) == "OrderChanged":
        change = read_change(encode(event))
        derive(change, "2026-03-01T09:00:00.000Z")
        cases_of(change["data"]["after"])
        notice_of(change["data"])
        demand_of(change)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order["status"])
def test_order_applies_every_event_and_is_published(order: dict[str, Any]) -> None:
    for event in EVENTS:
        if name_of(event) in TABLE:
            decision = decide(event, order)
            if decision.outcome in WRITING:
                changes_of(event, order, decision, Terms(1_800, 400), times.utc_now())

    changed = to_event(stream_record(1, order, {**order, "version": order["version"] + 1, "status": "refunded"}))
    deleted = to_event(stream_record(2, order, None))

    assert [name_of(each) for each in (changed, deleted) if each] == ["OrderChanged", "OrderDeleted"]


def test_ledger_entry_is_the_same_as_one_that_is_made_now() -> None:
    kept = [from_item(each["item"]) for each in ITEMS if each["table"] == "ledger"]

    assert [vars_of(LedgerEntry(**entry)) for entry in kept] == kept


def vars_of(entry: LedgerEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in LedgerEntry.__slots__}
