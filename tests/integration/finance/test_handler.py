"""Integration tests of the finance function with its queue, ledger and bus."""

from typing import Any

import pytest

from tests.support import events, tables
from tests.support.bus import BUS, Bus, Queue
from tests.support.handlers import Handler, import_handler
from tests.support.invocations import Context, failed_ids, message, queue_batch

PLACED = events.order_changed(events.order_image(), event_id="change-1")
PAID = events.order_changed(events.order_image("paid", version=2), events.order_image(), event_id="change-2")
REFUNDING = events.order_changed(
    events.order_image("refunding", version=3), events.order_image("paid", version=2), event_id="change-3"
)
REFUNDED = events.order_changed(
    events.order_image("refunded", version=4), events.order_image("refunding", version=3), event_id="change-4"
)
CAPTURE_ENTRY_ID = "capture#pay-1"


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch, ledger_table: str, bus: Bus, dlq: Queue) -> Handler:
    monkeypatch.setenv("LEDGER_TABLE", ledger_table)
    monkeypatch.setenv("BUS_NAME", BUS)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", dlq.url)
    return import_handler("finance")


def deliver(handler: Handler, *changes: Any) -> list[str]:
    bodies = [change if isinstance(change, str) else message(change) for change in changes]
    return failed_ids(handler(queue_batch(*bodies), Context()))


def test_ledger_has_capture_and_refund(handler: Handler, bus: Bus, dynamodb: Any, ledger_table: str) -> None:
    assert deliver(handler, PLACED, PAID, REFUNDING, REFUNDED) == []

    entries = {entry["entry_id"]: entry for entry in tables.scan(dynamodb, ledger_table)}
    assert {entry_id: entry["amount"] for entry_id, entry in entries.items()} == {
        CAPTURE_ENTRY_ID: 1_998,
        f"refund#{events.refund_id()}": -1_998,
    }
    assert entries[CAPTURE_ENTRY_ID] == {
        **{"order_id": events.ORDER_ID, "entry_id": CAPTURE_ENTRY_ID, "kind": "capture", "payment_id": "pay-1"},
        **{"amount": 1_998, "currency": "EUR", "order_version": 2, "recorded_at": events.NOW},
    }
    assert [one["metadata"]["event_type"] for one in bus.receive_events()] == ["PaymentRequested", "RefundRequested"]


def test_entry_with_another_amount_is_quarantined(
    handler: Handler, dynamodb: Any, ledger_table: str, dlq: Queue
) -> None:
    deliver(handler, PAID)
    payments = {"pay-1": {"amount": 5, "currency": "EUR", "captured_at": events.LATER_TIME}}
    change = events.order_changed(events.order_image("paid", version=3, payments=payments), PAID["data"]["after"])

    assert deliver(handler, change) == []

    (envelope,) = dlq.receive_bodies()
    assert (envelope["function"], envelope["reason"]) == ("finance", "ledger_conflict")
    assert envelope["payload"] == message(change)
    assert [entry["amount"] for entry in tables.scan(dynamodb, ledger_table)] == [1_998]
