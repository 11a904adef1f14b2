"""The invariants of an order at every version, for any sequence of events."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from common.order_item import FINAL_STATUSES, PRIVATE_FIELDS
from contracts import Event, ids
from recorder.effects import RecordingSettings, derive_changes
from recorder.preconditions import build_order, derive_preconditions
from recorder.transitions import TRANSITIONS, WRITING_OUTCOMES, decide
from tests.support import events
from tests.support.order_model import apply_changes, conditions_hold

SETTINGS = RecordingSettings(payment_term_seconds=3_600, order_retention_days=30)
NOW = datetime(2026, 3, 2, 8, 0, 0, tzinfo=UTC)

request_hashes = st.sampled_from([events.REQUEST_HASH, events.OTHER_REQUEST_HASH])
payment_ids = st.sampled_from(["pay-1", "pay-2", "pay-3"])
captures = st.builds(events.payment_captured, payment_id=payment_ids, amount=st.sampled_from([1_998, 5]))
due_times = st.sampled_from([events.LATER_TIME, "2026-03-02T09:00:00.000Z"])
shipment_ids = st.sampled_from(["shp-1", "shp-2"])


@st.composite
def refund_event(draw: st.DrawFn) -> Event:
    payment_id = draw(payment_ids)
    refund_id = ids.refund_id(events.ORDER_ID, payment_id)
    return events.refund_completed(payment_id=payment_id, refund_id=refund_id, amount=draw(st.sampled_from([1_998, 5])))


event_sequences = st.lists(
    st.one_of(
        *(st.builds(events.order_placed, request_hash=request_hashes), captures, refund_event()),
        st.builds(events.payment_declined, payment_id=payment_ids),
        st.builds(events.payment_voided, payment_due_at=due_times),
        st.builds(events.payment_unknown, payment_due_at=due_times),
        st.builds(events.cancellation_requested, seen_status=st.sampled_from(["placed", "paid"])),
        *(st.builds(events.shipment_stopped), st.builds(events.stock_rejected)),
        st.builds(events.order_shipped, shipment_id=shipment_ids),
        st.builds(events.order_delivered, shipment_id=shipment_ids),
        st.builds(events.payment_deadline_passed),
    ),
    max_size=25,
)


def apply(order: dict[str, Any] | None, event: Event) -> dict[str, Any] | None:
    decision = decide(event, order)
    if decision.outcome not in WRITING_OUTCOMES:
        return order
    return apply_changes(order, derive_changes(event, order or {}, decision, SETTINGS, NOW))


@settings(max_examples=300)
@given(event_sequences)
def test_order_is_consistent_for_any_sequence_of_events(sequence: list[Event]) -> None:
    order: dict[str, Any] | None = None
    for event in [events.order_placed(), *sequence]:
        before, order = order, apply(order, event)

        unrefunded_ids = set(order["payments"]) - {refund["payment_id"] for refund in order["refunds"].values()}
        assert len(unrefunded_ids) == (1 if order["status"] in {"paid", "shipped", "delivered"} else 0)
        assert all(order["total"]["amount"] == order["payments"][key]["amount"] for key in unrefunded_ids)
        due_refunds = [refund for refund in order["refunds"].values() if refund["state"] == "due"]
        assert due_refunds or order["status"] != "refunding"
        assert not due_refunds or order["status"] != "refunded"
        assert ("expires_at" in order) == (order["status"] in FINAL_STATUSES and not due_refunds)
        assert ("due_shard" in order, "payment_due_at" in order) == (order["status"] == "placed",) * 2
        assert order is before or order["version"] == (before["version"] if before else 0) + 1
        assert apply(order, event) == order
        if order is not before:
            events.order_changed(image(order), image(before) if before else None)


@settings(max_examples=300)
@given(event_sequences)
def test_decision_is_the_same_with_and_without_a_read(sequence: list[Event]) -> None:
    order: dict[str, Any] | None = None
    for event in [events.order_placed(), *sequence]:
        conditions = derive_preconditions(event)

        if conditions is not None and conditions_hold(conditions, order):
            assumed_order = build_order(conditions)
            decision = decide(event, assumed_order)
            assert decision == decide(event, order)
            assert decision.outcome in WRITING_OUTCOMES
            assert derive_changes(event, assumed_order or {}, decision, SETTINGS, NOW) == derive_changes(
                event, order or {}, decision, SETTINGS, NOW
            )
        order = apply(order, event)


def test_frequent_events_have_preconditions() -> None:
    builders = (events.order_placed, events.payment_captured, events.stock_rejected, events.order_shipped)
    for build in (*builders, events.order_delivered):
        event = build()
        conditions = derive_preconditions(event)
        assert decide(event, build_order(conditions)).outcome == "apply"
        assert event["metadata"]["event_type"] in TRANSITIONS


def image(order: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in order.items() if name not in PRIVATE_FIELDS}
