import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from contracts import Event
from recorder.money import conflict_id
from recorder.transitions import TRANSITIONS, Decision, decide
from tests.support import events

# Written by hand from the business rules. Each line below an event type has the situation, outcome, next state ("=" if
# unchanged), reason, and the order states to which the line applies ("every": all states of an order).
EXPECTED_TRANSITIONS = """\
OrderPlaced
  online                apply       placed     -                   none
  till                  apply       delivered  -                   none
  same_request          duplicate   =          -                   every
  other_request         illegal     =          conflicting_request every
PaymentCaptured
  the_payment           early       =          -                   none
  the_payment           apply       paid       -                   placed
  other_amount          compensate  =          amount_mismatch     placed
  other_currency        compensate  =          amount_mismatch     placed
  the_payment           duplicate   =          -                   paid,shipped,delivered,refunding,refunded
  other_amount          apply       =          payment_conflict    paid,delivered,refunding,refunded
  other_currency        apply       =          payment_conflict    shipped
  known_conflict        duplicate   =          -                   paid,refunded
  other_payment         compensate  =          double_charge       paid,shipped,delivered
  another_amount        compensate  =          amount_mismatch     paid,delivered
  one_too_many          apply       =          payment_conflict    paid,cancelled
  none_fits             illegal     =          too_many_payments   paid
  the_payment           compensate  refunding  late_capture        cancelled
  other_amount          compensate  refunding  late_capture        cancelled
  other_payment         compensate  =          late_capture        refunding
  other_payment         compensate  refunding  late_capture        refunded
PaymentDeclined
  any                   early       =          -                   none
  any                   apply       =          -                   placed
  known_decline         duplicate   =          -                   placed
  many_declines         obsolete    =          -                   placed
  any                   obsolete    =          -                   paid,shipped,delivered,cancelled,refunding,refunded
PaymentVoided
  any                   early       =          -                   none
  any                   apply       cancelled  payment_deadline    placed
  known_decline         apply       cancelled  payment_declined    placed
  other_term            obsolete    =          -                   placed
  any                   obsolete    =          -                   paid,shipped,delivered,cancelled,refunding,refunded
PaymentUnknown
  any                   early       =          -                   none
  any                   apply       cancelled  payment_unknown     placed
  other_term            obsolete    =          -                   placed
  any                   obsolete    =          -                   paid,shipped,delivered,cancelled,refunding,refunded
OrderCancellationRequested
  seen_placed           early       =          -                   none
  seen_placed           apply       cancelled  customer_request    placed
  seen_paid             early       =          -                   placed
  seen_placed           apply       =          -                   paid
  seen_paid             apply       =          -                   paid
  asked_before          duplicate   =          -                   paid
  seen_paid             obsolete    =          -                   shipped,delivered,refunding,refunded
  seen_placed           obsolete    =          -                   cancelled
StockRejected
  any                   early       =          -                   none
  any                   apply       cancelled  out_of_stock        placed
  any                   compensate  refunding  out_of_stock        paid
  any                   illegal     =          illegal_transition  shipped,delivered
  any                   obsolete    =          -                   cancelled,refunding,refunded
ShipmentStopped
  any                   early       =          -                   none,placed
  asked_before          compensate  refunding  customer_request    paid
  any                   compensate  refunding  late_capture        paid
  any                   illegal     =          illegal_transition  shipped,delivered
  any                   obsolete    =          -                   cancelled,refunding,refunded
OrderShipped
  the_shipment          early       =          -                   none,placed
  the_shipment          apply       shipped    -                   paid
  the_shipment          duplicate   =          -                   shipped,delivered
  other_shipment        illegal     =          other_shipment      shipped,delivered
  the_shipment          illegal     =          illegal_transition  cancelled,refunding,refunded
OrderDelivered
  the_shipment          early       =          -                   none,placed,paid
  the_shipment          apply       delivered  -                   shipped
  other_shipment        illegal     =          other_shipment      shipped,delivered
  the_shipment          duplicate   =          -                   delivered
  the_shipment          illegal     =          illegal_transition  cancelled,refunding,refunded
PaymentDeadlinePassed
  any                   obsolete    =          -                   none,every
RefundCompleted
  refund_due            early       =          -                   none
  refund_due            apply       =          -                   placed,paid,shipped,delivered,cancelled
  refund_due            apply       refunded   -                   refunding
  another_still_due     apply       =          -                   refunding
  refund_completed      duplicate   =          -                   paid,delivered,refunding,refunded
  unknown_refund        early       =          -                   placed,paid,refunding,refunded
  other_refund_amount   apply       =          payment_conflict    paid,refunding
  other_refund_payment  apply       =          payment_conflict    refunding
"""
EVENT_TYPES = tuple(line for line in EXPECTED_TRANSITIONS.splitlines() if not line.startswith(" "))
STATES = ("none", "placed", "paid", "shipped", "delivered", "cancelled", "refunding", "refunded")


def cases() -> Iterator[tuple[str, ...]]:
    """Yield the event type, situation, order state, outcome, next state and reason of each case."""
    event_type = ""
    for line in EXPECTED_TRANSITIONS.splitlines():
        if not line.startswith(" "):
            event_type = line
            continue
        situation, outcome, next_state, reason, states = line.split()
        for state in states.replace("every", ",".join(STATES[1:])).split(","):
            yield event_type, situation, state, outcome, state if next_state == "=" else next_state, reason


CASES = list(cases())

OTHER_REFUND_ID = events.refund_id("pay-2")
DUE_REFUND = {events.refund_id(): events.refund(state="due")}
COMPLETED_REFUND = {events.refund_id(): events.refund(state="completed")}
TWO_DUE_REFUNDS = {**DUE_REFUND, OTHER_REFUND_ID: events.refund(reason="double_charge", payment_id="pay-2")}
PAYMENT = {**events.TOTAL, "captured_at": events.LATER_TIME}
MANY_PAYMENTS = {f"pay-{number}": PAYMENT for number in range(101, 201)}
OTHER_AMOUNT_OVERRIDE, OTHER_PAYMENT_OVERRIDE = {"amount": events.TOTAL["amount"] - 1}, {"payment_id": "pay-2"}
CONFLICT = {"kind": "capture", "payment_id": events.PAYMENT_ID, "amount": 1_997, "currency": "EUR"}

BUILD_FUNCTIONS: list[Callable[..., Event]] = [
    *(events.order_placed, events.payment_captured, events.payment_declined, events.payment_voided),
    *(events.payment_unknown, events.cancellation_requested, events.shipment_stopped, events.stock_rejected),
    *(events.order_shipped, events.order_delivered, events.payment_deadline_passed, events.refund_completed),
]
BUILD_FUNCTIONS_BY_EVENT_TYPE = {build()["metadata"]["event_type"]: build for build in BUILD_FUNCTIONS}
# How the event of a situation differs from the default one.
EVENT_OVERRIDES_BY_SITUATION: Mapping[str, dict[str, Any]] = {
    "other_request": {"request_hash": events.OTHER_REQUEST_HASH},
    **dict.fromkeys(("other_payment", "one_too_many", "none_fits", "other_refund_payment"), OTHER_PAYMENT_OVERRIDE),
    **dict.fromkeys(("other_amount", "known_conflict"), OTHER_AMOUNT_OVERRIDE),
    "other_currency": {"currency": "USD"},
    "another_amount": {**OTHER_PAYMENT_OVERRIDE, **OTHER_AMOUNT_OVERRIDE},
    "other_term": {"payment_due_at": events.NOW},
    "seen_paid": {"seen_status": "paid"},
    "other_shipment": {"shipment_id": "shp-2"},
    "unknown_refund": {"refund_id": events.refund_id("pay-9")},
    "other_refund_amount": {"amount": 1},
}
ORDER_ATTRIBUTES_BY_SITUATION: Mapping[str, dict[str, Any]] = {
    "known_conflict": {"payment_conflicts": {conflict_id(CONFLICT): CONFLICT}},
    "one_too_many": {"payments": MANY_PAYMENTS},
    "none_fits": {"payments": MANY_PAYMENTS, "payment_conflicts": dict.fromkeys(MANY_PAYMENTS, CONFLICT)},
    "known_decline": {"declined_payments": {events.PAYMENT_ID: {"reason": "insufficient_funds"}}},
    "many_declines": {"declined_payments": {f"pay-{number}": {"reason": "expired_card"} for number in range(2, 22)}},
    "asked_before": {"cancel_requested_at": events.NOW},
}
REFUNDS_BY_SITUATION: Mapping[str, dict[str, Any]] = {
    **dict.fromkeys(("refund_due", "other_refund_amount", "other_refund_payment"), DUE_REFUND),
    **{"another_still_due": TWO_DUE_REFUNDS, "refund_completed": COMPLETED_REFUND},
}


def build_event(event_type: str, situation: str) -> Event:
    build = events.till_order_placed if situation == "till" else BUILD_FUNCTIONS_BY_EVENT_TYPE[event_type]
    return build(**EVENT_OVERRIDES_BY_SITUATION.get(situation, {}))


def build_order(state: str, situation: str) -> dict[str, Any] | None:
    if state == "none":
        return None
    refunds = {"refunds": REFUNDS_BY_SITUATION[situation]} if situation in REFUNDS_BY_SITUATION else {}
    return events.order_item(state, **refunds, **ORDER_ATTRIBUTES_BY_SITUATION.get(situation, {}))


@pytest.mark.parametrize("case", CASES, ids=[" ".join(case[:3]) for case in CASES])
def test_event_has_the_listed_outcome_in_each_order_state(case: tuple[str, ...]) -> None:
    event_type, situation, state, outcome, next_state, reason = case
    event, order = build_event(event_type, situation), build_order(state, situation)

    decision = decide(event, order)

    assert (decision.outcome, decision.status or "none", decision.reason or "-") == (outcome, next_state, reason)


def test_every_event_and_state_has_a_listed_outcome() -> None:
    pairs = {(event_type, state) for event_type, _, state, *_ in CASES}

    assert pairs == set(itertools.product(EVENT_TYPES, STATES))


@pytest.mark.parametrize(("event_type", "state"), list(itertools.product(EVENT_TYPES, STATES)))
def test_last_rule_of_every_cell_has_no_guard(event_type: str, state: str) -> None:
    *guarded_rules, last_rule = TRANSITIONS[event_type][state]

    assert last_rule.guard is None
    assert all(rule.guard for rule in guarded_rules)


@pytest.mark.parametrize("state", STATES[1:])
@pytest.mark.parametrize("build", BUILD_FUNCTIONS_BY_EVENT_TYPE.values(), ids=BUILD_FUNCTIONS_BY_EVENT_TYPE)
def test_last_applied_event_of_a_type_is_a_duplicate(build: Callable[[], Event], state: str) -> None:
    event = build()
    metadata = event["metadata"]
    order = events.order_item(state, applied={metadata["event_type"]: metadata["event_id"]})

    decision = decide(event, order)

    assert decision == Decision("duplicate", state, None)


def test_delivery_of_a_till_order_is_illegal() -> None:
    order = events.order_item("delivered", channel="pos", shipment=None)

    decision = decide(events.order_delivered(), order)

    assert (decision.outcome, decision.reason) == ("illegal", "other_shipment")


def test_repeated_late_capture_is_a_duplicate_with_any_event_id() -> None:
    order = events.order_item("refunding", payments={"pay-9": {**events.TOTAL, "captured_at": events.LATER_TIME}})

    decision = decide(events.payment_captured(payment_id="pay-9"), order)

    assert decision.outcome == "duplicate"
