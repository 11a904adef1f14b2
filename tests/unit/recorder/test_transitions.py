import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from contracts import Event
from recorder.money import conflict_id
from recorder.transitions import TABLE, Decision, decide
from tests.support import events

# Written by hand, from what the business wants: event, situation, state before, outcome, state after, reason.
EXPECTED = """
OrderPlaced            online                none       apply       placed     -
OrderPlaced            till                  none       apply       delivered  -
OrderPlaced            same_request          placed     duplicate   placed     -
OrderPlaced            same_request          paid       duplicate   paid       -
OrderPlaced            same_request          shipped    duplicate   shipped    -
OrderPlaced            same_request          delivered  duplicate   delivered  -
OrderPlaced            same_request          cancelled  duplicate   cancelled  -
OrderPlaced            same_request          refunding  duplicate   refunding  -
OrderPlaced            same_request          refunded   duplicate   refunded   -
OrderPlaced            other_request         placed     illegal     placed     conflicting_request
OrderPlaced            other_request         paid       illegal     paid       conflicting_request
OrderPlaced            other_request         shipped    illegal     shipped    conflicting_request
OrderPlaced            other_request         delivered  illegal     delivered  conflicting_request
OrderPlaced            other_request         cancelled  illegal     cancelled  conflicting_request
OrderPlaced            other_request         refunding  illegal     refunding  conflicting_request
OrderPlaced            other_request         refunded   illegal     refunded   conflicting_request

PaymentCaptured        the_payment           none       early       none       -
PaymentCaptured        the_payment           placed     apply       paid       -
PaymentCaptured        other_amount          placed     compensate  placed     amount_mismatch
PaymentCaptured        other_currency        placed     compensate  placed     amount_mismatch
PaymentCaptured        the_payment           paid       duplicate   paid       -
PaymentCaptured        the_payment           shipped    duplicate   shipped    -
PaymentCaptured        the_payment           delivered  duplicate   delivered  -
PaymentCaptured        the_payment           refunding  duplicate   refunding  -
PaymentCaptured        the_payment           refunded   duplicate   refunded   -
PaymentCaptured        other_amount          paid       apply       paid       payment_conflict
PaymentCaptured        other_currency        shipped    apply       shipped    payment_conflict
PaymentCaptured        other_amount          delivered  apply       delivered  payment_conflict
PaymentCaptured        other_amount          refunding  apply       refunding  payment_conflict
PaymentCaptured        other_amount          refunded   apply       refunded   payment_conflict
PaymentCaptured        known_conflict        paid       duplicate   paid       -
PaymentCaptured        known_conflict        refunded   duplicate   refunded   -
PaymentCaptured        other_payment         paid       compensate  paid       double_charge
PaymentCaptured        other_payment         shipped    compensate  shipped    double_charge
PaymentCaptured        other_payment         delivered  compensate  delivered  double_charge
PaymentCaptured        another_amount        paid       compensate  paid       amount_mismatch
PaymentCaptured        another_amount        delivered  compensate  delivered  amount_mismatch
PaymentCaptured        one_too_many          paid       apply       paid       payment_conflict
PaymentCaptured        one_too_many          cancelled  apply       cancelled  payment_conflict
PaymentCaptured        none_fits             paid       illegal     paid       too_many_payments
PaymentCaptured        the_payment           cancelled  compensate  refunding  late_capture
PaymentCaptured        other_amount          cancelled  compensate  refunding  late_capture
PaymentCaptured        other_payment         refunding  compensate  refunding  late_capture
PaymentCaptured        other_payment         refunded   compensate  refunding  late_capture

PaymentDeclined        any                   none       early       none       -
PaymentDeclined        any                   placed     apply       placed     -
PaymentDeclined        known_decline         placed     duplicate   placed     -
PaymentDeclined        many_declines         placed     obsolete    placed     -
PaymentDeclined        any                   paid       obsolete    paid       -
PaymentDeclined        any                   shipped    obsolete    shipped    -
PaymentDeclined        any                   delivered  obsolete    delivered  -
PaymentDeclined        any                   cancelled  obsolete    cancelled  -
PaymentDeclined        any                   refunding  obsolete    refunding  -
PaymentDeclined        any                   refunded   obsolete    refunded   -

PaymentVoided          any                   none       early       none       -
PaymentVoided          any                   placed     apply       cancelled  payment_deadline
PaymentVoided          known_decline         placed     apply       cancelled  payment_declined
PaymentVoided          other_term            placed     obsolete    placed     -
PaymentVoided          any                   paid       obsolete    paid       -
PaymentVoided          any                   shipped    obsolete    shipped    -
PaymentVoided          any                   delivered  obsolete    delivered  -
PaymentVoided          any                   cancelled  obsolete    cancelled  -
PaymentVoided          any                   refunding  obsolete    refunding  -
PaymentVoided          any                   refunded   obsolete    refunded   -

PaymentUnknown         any                   none       early       none       -
PaymentUnknown         any                   placed     apply       cancelled  payment_unknown
PaymentUnknown         other_term            placed     obsolete    placed     -
PaymentUnknown         any                   paid       obsolete    paid       -
PaymentUnknown         any                   shipped    obsolete    shipped    -
PaymentUnknown         any                   delivered  obsolete    delivered  -
PaymentUnknown         any                   cancelled  obsolete    cancelled  -
PaymentUnknown         any                   refunding  obsolete    refunding  -
PaymentUnknown         any                   refunded   obsolete    refunded   -

OrderCancellationRequested  seen_placed      none       early       none       -
OrderCancellationRequested  seen_placed      placed     apply       cancelled  customer_request
OrderCancellationRequested  seen_paid        placed     early       placed     -
OrderCancellationRequested  seen_placed      paid       apply       paid       -
OrderCancellationRequested  seen_paid        paid       apply       paid       -
OrderCancellationRequested  asked_before     paid       duplicate   paid       -
OrderCancellationRequested  seen_paid        shipped    obsolete    shipped    -
OrderCancellationRequested  seen_paid        delivered  obsolete    delivered  -
OrderCancellationRequested  seen_placed      cancelled  obsolete    cancelled  -
OrderCancellationRequested  seen_paid        refunding  obsolete    refunding  -
OrderCancellationRequested  seen_paid        refunded   obsolete    refunded   -

StockRejected          any                   none       early       none       -
StockRejected          any                   placed     apply       cancelled  out_of_stock
StockRejected          any                   paid       compensate  refunding  out_of_stock
StockRejected          any                   shipped    illegal     shipped    illegal_transition
StockRejected          any                   delivered  illegal     delivered  illegal_transition
StockRejected          any                   cancelled  obsolete    cancelled  -
StockRejected          any                   refunding  obsolete    refunding  -
StockRejected          any                   refunded   obsolete    refunded   -

ShipmentStopped        any                   none       early       none       -
ShipmentStopped        any                   placed     early       placed     -
ShipmentStopped        asked_before          paid       compensate  refunding  customer_request
ShipmentStopped        any                   paid       compensate  refunding  late_capture
ShipmentStopped        any                   shipped    illegal     shipped    illegal_transition
ShipmentStopped        any                   delivered  illegal     delivered  illegal_transition
ShipmentStopped        any                   cancelled  obsolete    cancelled  -
ShipmentStopped        any                   refunding  obsolete    refunding  -
ShipmentStopped        any                   refunded   obsolete    refunded   -

OrderShipped           the_shipment          none       early       none       -
OrderShipped           the_shipment          placed     early       placed     -
OrderShipped           the_shipment          paid       apply       shipped    -
OrderShipped           the_shipment          shipped    duplicate   shipped    -
OrderShipped           other_shipment        shipped    illegal     shipped    other_shipment
OrderShipped           the_shipment          delivered  duplicate   delivered  -
OrderShipped           other_shipment        delivered  illegal     delivered  other_shipment
OrderShipped           the_shipment          cancelled  illegal     cancelled  illegal_transition
OrderShipped           the_shipment          refunding  illegal     refunding  illegal_transition
OrderShipped           the_shipment          refunded   illegal     refunded   illegal_transition

OrderDelivered         the_shipment          none       early       none       -
OrderDelivered         the_shipment          placed     early       placed     -
OrderDelivered         the_shipment          paid       early       paid       -
OrderDelivered         the_shipment          shipped    apply       delivered  -
OrderDelivered         other_shipment        shipped    illegal     shipped    other_shipment
OrderDelivered         the_shipment          delivered  duplicate   delivered  -
OrderDelivered         other_shipment        delivered  illegal     delivered  other_shipment
OrderDelivered         the_shipment          cancelled  illegal     cancelled  illegal_transition
OrderDelivered         the_shipment          refunding  illegal     refunding  illegal_transition
OrderDelivered         the_shipment          refunded   illegal     refunded   illegal_transition

PaymentDeadlinePassed  any                   none       obsolete    none       -
PaymentDeadlinePassed  any                   placed     obsolete    placed     -
PaymentDeadlinePassed  any                   paid       obsolete    paid       -
PaymentDeadlinePassed  any                   shipped    obsolete    shipped    -
PaymentDeadlinePassed  any                   delivered  obsolete    delivered  -
PaymentDeadlinePassed  any                   cancelled  obsolete    cancelled  -
PaymentDeadlinePassed  any                   refunding  obsolete    refunding  -
PaymentDeadlinePassed  any                   refunded   obsolete    refunded   -

RefundCompleted        refund_due            none       early       none       -
RefundCompleted        refund_due            placed     apply       placed     -
RefundCompleted        refund_due            paid       apply       paid       -
RefundCompleted        refund_due            shipped    apply       shipped    -
RefundCompleted        refund_due            delivered  apply       delivered  -
RefundCompleted        refund_due            cancelled  apply       cancelled  -
RefundCompleted        refund_due            refunding  apply       refunded   -
RefundCompleted        another_still_due     refunding  apply       refunding  -
RefundCompleted        refund_completed      paid       duplicate   paid       -
RefundCompleted        refund_completed      delivered  duplicate   delivered  -
RefundCompleted        refund_completed      refunding  duplicate   refunding  -
RefundCompleted        refund_completed      refunded   duplicate   refunded   -
RefundCompleted        unknown_refund        placed     early       placed     -
RefundCompleted        unknown_refund        paid       early       paid       -
RefundCompleted        unknown_refund        refunding  early       refunding  -
RefundCompleted        unknown_refund        refunded   early       refunded   -
RefundCompleted        other_refund_amount   paid       apply       paid       payment_conflict
RefundCompleted        other_refund_amount   refunding  apply       refunding  payment_conflict
RefundCompleted        other_refund_payment  refunding  apply       refunding  payment_conflict
"""
EVENT_TYPES = (
    "OrderPlaced",
    "PaymentCaptured",
    "PaymentDeclined",
    "PaymentVoided",
    "PaymentUnknown",
    "OrderCancellationRequested",
    "StockRejected",
    "ShipmentStopped",
    "OrderShipped",
    "OrderDelivered",
    "PaymentDeadlinePassed",
    "RefundCompleted",
)
STATES = ("none", "placed", "paid", "shipped", "delivered", "cancelled", "refunding", "refunded")
CASES = [tuple(line.split()) for line in EXPECTED.splitlines() if line]

OTHER_REFUND = events.refund_id("pay-2")
DUE = {events.refund_id(): events.refund(state="due")}
COMPLETED = {events.refund_id(): events.refund(state="completed")}
TWO_DUE = {**DUE, OTHER_REFUND: events.refund(reason="double_charge", payment_id="pay-2")}
PAYMENT = {**events.TOTAL, "captured_at": events.LATER}
MANY = {f"pay-{number}": PAYMENT for number in range(101, 201)}
OTHER_MONEY = {"amount": events.TOTAL["amount"] - 1}
CONFLICT = {"kind": "capture", "payment_id": events.PAYMENT_ID, "amount": 1_997, "currency": "EUR"}

EVENTS: Mapping[tuple[str, str], Callable[[], Event]] = {
    ("OrderPlaced", "online"): events.order_placed,
    ("OrderPlaced", "till"): events.till_order_placed,
    ("OrderPlaced", "same_request"): events.order_placed,
    ("OrderPlaced", "other_request"): lambda: events.order_placed(request_hash=events.OTHER_HASH),
    ("PaymentCaptured", "the_payment"): events.payment_captured,
    ("PaymentCaptured", "other_payment"): lambda: events.payment_captured(payment_id="pay-2"),
    ("PaymentCaptured", "other_amount"): lambda: events.payment_captured(amount=events.TOTAL["amount"] - 1),
    ("PaymentCaptured", "other_currency"): lambda: events.payment_captured(currency="USD"),
    ("PaymentCaptured", "known_conflict"): lambda: events.payment_captured(**OTHER_MONEY),
    ("PaymentCaptured", "another_amount"): lambda: events.payment_captured(payment_id="pay-2", **OTHER_MONEY),
    ("PaymentCaptured", "one_too_many"): lambda: events.payment_captured(payment_id="pay-2"),
    ("PaymentCaptured", "none_fits"): lambda: events.payment_captured(payment_id="pay-2"),
    ("PaymentDeclined", "any"): events.payment_declined,
    ("PaymentDeclined", "known_decline"): events.payment_declined,
    ("PaymentDeclined", "many_declines"): events.payment_declined,
    ("PaymentVoided", "any"): events.payment_voided,
    ("PaymentVoided", "known_decline"): events.payment_voided,
    ("PaymentVoided", "other_term"): lambda: events.payment_voided(payment_due_at=events.AT),
    ("PaymentUnknown", "any"): events.payment_unknown,
    ("PaymentUnknown", "other_term"): lambda: events.payment_unknown(payment_due_at=events.AT),
    ("OrderCancellationRequested", "seen_placed"): events.cancellation_requested,
    ("OrderCancellationRequested", "seen_paid"): lambda: events.cancellation_requested(seen_status="paid"),
    ("OrderCancellationRequested", "asked_before"): events.cancellation_requested,
    ("ShipmentStopped", "any"): events.shipment_stopped,
    ("ShipmentStopped", "asked_before"): events.shipment_stopped,
    ("StockRejected", "any"): events.stock_rejected,
    ("OrderShipped", "the_shipment"): events.order_shipped,
    ("OrderShipped", "other_shipment"): lambda: events.order_shipped(shipment_id="shp-2"),
    ("OrderDelivered", "the_shipment"): events.order_delivered,
    ("OrderDelivered", "other_shipment"): lambda: events.order_delivered(shipment_id="shp-2"),
    ("PaymentDeadlinePassed", "any"): events.payment_deadline_passed,
    ("RefundCompleted", "refund_due"): events.refund_completed,
    ("RefundCompleted", "another_still_due"): events.refund_completed,
    ("RefundCompleted", "refund_completed"): events.refund_completed,
    ("RefundCompleted", "unknown_refund"): lambda: events.refund_completed(refund_id=events.refund_id("pay-9")),
    ("RefundCompleted", "other_refund_amount"): lambda: events.refund_completed(amount=1),
    ("RefundCompleted", "other_refund_payment"): lambda: events.refund_completed(payment_id="pay-2"),
}
HOLDS: Mapping[str, dict[str, Any]] = {
    "known_conflict": {"payment_conflicts": {conflict_id(CONFLICT): CONFLICT}},
    "one_too_many": {"payments": MANY},
    "none_fits": {"payments": MANY, "payment_conflicts": dict.fromkeys(MANY, CONFLICT)},
    "known_decline": {"declined_payments": {events.PAYMENT_ID: {"reason": "insufficient_funds"}}},
    "many_declines": {"declined_payments": {f"pay-{number}": {"reason": "expired_card"} for number in range(2, 22)}},
    "asked_before": {"cancel_requested_at": events.AT},
}
REFUNDS: Mapping[str, dict[str, Any]] = {
    "refund_due": DUE,
    "another_still_due": TWO_DUE,
    "refund_completed": COMPLETED,
    "other_refund_amount": DUE,
    "other_refund_payment": DUE,
}


def order_in(state: str, situation: str) -> dict[str, Any] | None:
    if state == "none":
        return None
    refunds = {"refunds": REFUNDS[situation]} if situation in REFUNDS else {}
    return events.order_item(state, **refunds, **HOLDS.get(situation, {}))


@pytest.mark.parametrize("case", CASES, ids=[" ".join(case[:3]) for case in CASES])
def test_outcome_is_as_written_when_event_meets_state(case: tuple[str, ...]) -> None:
    event_type, situation, state, outcome, after, reason = case
    event, order = EVENTS[event_type, situation](), order_in(state, situation)

    decision = decide(event, order)

    assert (decision.outcome, decision.status or "none", decision.reason or "-") == (outcome, after, reason)


def test_an_outcome_is_written_when_all_pairs_are_listed() -> None:
    pairs = {(event_type, state) for event_type, _, state, *_ in CASES}

    assert pairs == set(itertools.product(EVENT_TYPES, STATES))


@pytest.mark.parametrize(("event_type", "state"), list(itertools.product(EVENT_TYPES, STATES)))
def test_some_rule_always_decides_when_no_guard_holds(event_type: str, state: str) -> None:
    *guarded, last = TABLE[event_type][state]

    assert last.when is None
    assert all(rule.when for rule in guarded)


@pytest.mark.parametrize("state", STATES[1:])
@pytest.mark.parametrize("build", [build for (_, _), build in EVENTS.items()])
def test_event_is_a_duplicate_when_it_was_the_last_applied_of_its_type(build: Callable[[], Event], state: str) -> None:
    event = build()
    metadata = event["metadata"]
    order = events.order_item(state, applied={metadata["event_type"]: metadata["event_id"]})

    decision = decide(event, order)

    assert decision == Decision("duplicate", state, None)


def test_till_order_keeps_its_state_when_a_parcel_is_announced_for_it() -> None:
    order = events.order_item("delivered", channel="pos", shipment=None)

    decision = decide(events.order_delivered(), order)

    assert (decision.outcome, decision.reason) == ("illegal", "other_shipment")


def test_late_capture_of_a_cancelled_order_is_known_when_it_is_repeated_under_another_event_id() -> None:
    order = events.order_item("refunding", payments={"pay-9": {**events.TOTAL, "captured_at": events.LATER}})

    decision = decide(events.payment_captured(payment_id="pay-9"), order)

    assert decision.outcome == "duplicate"
