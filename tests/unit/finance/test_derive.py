"""The ledger entries and requests that finance derives from a change."""

from typing import Any, cast

import pytest

from contracts import Event, validate
from contracts.generated.types import OrderChanged
from finance.derive import Outcome, derive_outcome
from tests.support import events


def derive_from_change(after: dict[str, Any], before: dict[str, Any] | None = None, now: str = events.NOW) -> Outcome:
    return derive_outcome(cast(OrderChanged, events.order_changed(after, before, event_id="change-1")), now)


def event_types(follow_ups: tuple[Event, ...]) -> list[str]:
    return [event["metadata"]["event_type"] for event in follow_ups]


@pytest.mark.parametrize("channel", ["web", "mobile", "partner"])
def test_payment_of_a_new_online_order_is_requested(channel: str) -> None:
    outcome = derive_from_change(events.order_image(channel=channel))

    (request,) = outcome.follow_ups
    validate(request, "PaymentRequested")
    assert request["data"] == {
        **{"order_id": events.ORDER_ID, "amount": 1_998, "currency": "EUR", "idempotency_key": events.ORDER_ID},
        **{"customer_id": "customer-1", "order_version": 1, "payment_due_at": events.LATER_TIME},
    }
    assert request["metadata"]["producer"] == "finance"
    assert request["metadata"]["causation_id"] == "change-1"
    assert request["metadata"]["correlation_id"] == "corr-1"
    assert outcome.entries == ()


def test_payment_is_not_requested_after_its_deadline() -> None:
    assert derive_from_change(events.order_image(), now=events.LATER_TIME) == Outcome((), ())


def test_payment_of_a_till_order_is_not_requested() -> None:
    order_data = events.till_order_placed()["data"]
    store, order_id = order_data["store"], order_data["order_id"]

    order = events.order_image("delivered", channel="pos", store=store, order_id=order_id, shipping_address=None)
    outcome = derive_from_change(order)

    assert outcome.follow_ups == ()
    assert [(entry.entry_id, entry.amount) for entry in outcome.entries] == [("capture#pay-1", 1_998)]


def test_new_payment_has_a_ledger_entry_with_its_id() -> None:
    outcome = derive_from_change(events.order_image("paid", version=2), events.order_image())

    (entry,) = outcome.entries
    assert (entry.entry_id, entry.kind, entry.amount, entry.currency) == ("capture#pay-1", "capture", 1_998, "EUR")
    assert (entry.order_id, entry.payment_id, entry.order_version) == (events.ORDER_ID, "pay-1", 2)
    assert outcome.follow_ups == ()


def test_due_refund_is_requested_once() -> None:
    order = events.order_image("refunding", version=3)

    outcome = derive_from_change(order, events.order_image("paid", version=2))

    (request,) = outcome.follow_ups
    validate(request, "RefundRequested")
    assert request["data"] == {
        **{"order_id": events.ORDER_ID, "amount": 1_998, "currency": "EUR", "idempotency_key": events.refund_id()},
        **{"refund_id": events.refund_id(), "payment_id": "pay-1", "reason": "out_of_stock"},
    }
    assert outcome.entries == derive_from_change({**order, "version": 4}, order).follow_ups == ()


def test_completed_refund_has_a_ledger_entry_with_a_negative_amount() -> None:
    before = events.order_image("refunding", version=3)

    outcome = derive_from_change(events.order_image("refunded", version=4), before)

    assert [(entry.entry_id, entry.amount) for entry in outcome.entries] == [(f"refund#{events.refund_id()}", -1_998)]
    assert outcome.follow_ups == ()


@pytest.mark.parametrize(
    ("status", "kind", "name"), [("paid", "payments", "pay-1"), ("refunded", "refunds", events.refund_id())]
)
def test_ledger_entry_is_derived_again_when_its_amount_changes(status: str, kind: str, name: str) -> None:
    before = events.order_image(status, version=3)
    changes = {kind: {name: {**before[kind][name], "amount": 5}}}

    outcome = derive_from_change(events.order_image(status, version=4, **changes), before)

    assert [entry.entry_id.partition("#")[2] for entry in outcome.entries] == [name]
