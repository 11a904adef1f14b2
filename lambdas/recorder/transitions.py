"""The transition table: what every event does to an order in every state. Data, and the function that reads it.

A cell is a list of rules; the first whose guard holds decides, and the last has no guard. docs/generated/transitions.md
is generated from here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contracts import Event
from recorder import guards
from recorder.guards import Guard, Order

NONE = "none"
PLACED, PAID, SHIPPED, DELIVERED = "placed", "paid", "shipped", "delivered"
CANCELLED, REFUNDING, REFUNDED = "cancelled", "refunding", "refunded"
STATUSES = (PLACED, PAID, SHIPPED, DELIVERED, CANCELLED, REFUNDING, REFUNDED)
STATES = (NONE, *STATUSES)


class Outcome(StrEnum):
    """The outcome of an event."""

    APPLY = "apply"
    COMPENSATE = "compensate"
    DUPLICATE = "duplicate"
    EARLY = "early"
    OBSOLETE = "obsolete"
    ILLEGAL = "illegal"


WRITING = frozenset({Outcome.APPLY, Outcome.COMPENSATE})


@dataclass(frozen=True, slots=True)
class Rule:
    """`status` is the one after it, None where it stays. `reason` says why an order is cancelled, why money is owed
    back, or what is illegal."""

    outcome: Outcome
    status: str | None = None
    reason: str | None = None
    when: Guard | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one event for one order; `status` is the order's status afterwards."""

    outcome: Outcome
    status: str | None
    reason: str | None


def _apply(status: str | None = None, reason: str | None = None, when: Guard | None = None) -> Rule:
    return Rule(Outcome.APPLY, status, reason, when)


def _compensate(reason: str, status: str | None = None, when: Guard | None = None) -> Rule:
    return Rule(Outcome.COMPENSATE, status, reason, when)


def _duplicate(when: Guard | None = None) -> Rule:
    return Rule(Outcome.DUPLICATE, when=when)


def _early(when: Guard | None = None) -> Rule:
    return Rule(Outcome.EARLY, when=when)


def _obsolete(when: Guard | None = None) -> Rule:
    return Rule(Outcome.OBSOLETE, when=when)


def _illegal(reason: str = "illegal_transition", when: Guard | None = None) -> Rule:
    return Rule(Outcome.ILLEGAL, None, reason, when)


_EARLY = (_early(),)
_OBSOLETE = (_obsolete(),)
_ILLEGAL = (_illegal(),)
_ENDED = {CANCELLED: _OBSOLETE, REFUNDING: _OBSOLETE, REFUNDED: _OBSOLETE}
_PAST_PLACED = {PAID: _OBSOLETE, SHIPPED: _OBSOLETE, DELIVERED: _OBSOLETE, **_ENDED}

_REPEATED_ORDER = (_duplicate(guards.same_request), _illegal("conflicting_request"))
# Unmatched money: a case is opened for it.
_CONFLICT = (_duplicate(guards.conflict_known), _illegal("too_many_payments", guards.conflicts_full))
_CAPTURE = (_duplicate(guards.payment_known), *_CONFLICT, _apply(reason="payment_conflict", when=guards.cannot_list))
_DOUBLE_CHARGE = (*_CAPTURE, _compensate("amount_mismatch", when=guards.amount_differs), _compensate("double_charge"))
_LATE_CAPTURE = (*_CAPTURE, _compensate("late_capture", REFUNDING))
_SAME_SHIPMENT = (_duplicate(guards.same_shipment), _illegal("other_shipment"))
# A refund that is not due yet: the event that makes it due may still arrive.
_REFUND = (
    _early(guards.refund_unknown),
    _duplicate(guards.refund_completed),
    _apply(when=guards.refund_is_due),
    *_CONFLICT,
    _apply(reason="payment_conflict"),
)

TABLE: Mapping[str, Mapping[str, tuple[Rule, ...]]] = {
    "OrderPlaced": {
        NONE: (_apply(DELIVERED, when=guards.from_till), _apply(PLACED)),
        **dict.fromkeys(STATUSES, _REPEATED_ORDER),
    },
    "PaymentCaptured": {
        NONE: _EARLY,
        PLACED: (
            _duplicate(guards.payment_known),
            _apply(PAID, when=guards.pays_total),
            *_CAPTURE[1:],
            _compensate("amount_mismatch"),
        ),
        PAID: _DOUBLE_CHARGE,
        SHIPPED: _DOUBLE_CHARGE,
        DELIVERED: _DOUBLE_CHARGE,
        CANCELLED: _LATE_CAPTURE,
        REFUNDING: (*_CAPTURE, _compensate("late_capture")),
        REFUNDED: _LATE_CAPTURE,
    },
    # The order stays open for another card until the payment term.
    "PaymentDeclined": {
        NONE: _EARLY,
        PLACED: (_duplicate(guards.decline_known), _obsolete(guards.declines_full), _apply()),
        **_PAST_PLACED,
    },
    "PaymentVoided": {
        NONE: _EARLY,
        PLACED: (
            _obsolete(guards.other_term),
            _apply(CANCELLED, "payment_declined", guards.any_decline),
            _apply(CANCELLED, "payment_deadline"),
        ),
        **_PAST_PLACED,
    },
    # The request did not arrive within its term; the provider no longer captures it.
    "PaymentUnknown": {
        NONE: _EARLY,
        PLACED: (_obsolete(guards.other_term), _apply(CANCELLED, "payment_unknown")),
        **_PAST_PLACED,
    },
    "OrderCancellationRequested": {
        NONE: _EARLY,
        PLACED: (_early(guards.seen_paid), _apply(CANCELLED, "customer_request")),
        PAID: (_duplicate(guards.cancel_requested), _apply()),
        SHIPPED: _OBSOLETE,
        DELIVERED: _OBSOLETE,
        **_ENDED,
    },
    "StockRejected": {
        NONE: _EARLY,
        PLACED: (_apply(CANCELLED, "out_of_stock"),),
        PAID: (_compensate("out_of_stock", REFUNDING),),
        SHIPPED: _ILLEGAL,
        DELIVERED: _ILLEGAL,
        **_ENDED,
    },
    "ShipmentStopped": {
        NONE: _EARLY,
        PLACED: _EARLY,
        PAID: (
            _compensate("customer_request", REFUNDING, guards.cancel_requested),
            # The order had ended before the table was restored.
            _compensate("late_capture", REFUNDING),
        ),
        SHIPPED: _ILLEGAL,
        DELIVERED: _ILLEGAL,
        **_ENDED,
    },
    "OrderShipped": {
        NONE: _EARLY,
        PLACED: _EARLY,
        PAID: (_apply(SHIPPED),),
        SHIPPED: _SAME_SHIPMENT,
        DELIVERED: _SAME_SHIPMENT,
        CANCELLED: _ILLEGAL,
        REFUNDING: _ILLEGAL,
        REFUNDED: _ILLEGAL,
    },
    "OrderDelivered": {
        NONE: _EARLY,
        PLACED: _EARLY,
        PAID: _EARLY,
        SHIPPED: (_illegal("other_shipment", guards.other_shipment), _apply(DELIVERED)),
        DELIVERED: _SAME_SHIPMENT,
        CANCELLED: _ILLEGAL,
        REFUNDING: _ILLEGAL,
        REFUNDED: _ILLEGAL,
    },
    "RefundCompleted": {
        **dict.fromkeys(STATES, _REFUND),
        NONE: _EARLY,
        REFUNDING: (*_REFUND[:2], _apply(REFUNDED, when=guards.last_refund), *_REFUND[2:]),
    },
    # No rule delivers it any more: archives and dead-letter queues may have it from when a passed term ended an order.
    "PaymentDeadlinePassed": dict.fromkeys(STATES, _OBSOLETE),
}


def decide(event: Event, order: Order | None) -> Decision:
    """Return the decision on an event; `order` is None if it does not exist.

    Raises:
        KeyError: for an event type without a row, a status without a column, or an attribute that a guard needs."""
    event_type, data = event["metadata"]["event_type"], event["data"]
    row = TABLE[event_type]
    if order is None:
        return _decided(row[NONE], data, {}, None)
    status: str = order["status"]
    if order["applied"].get(event_type) == event["metadata"]["event_id"]:
        return Decision(Outcome.DUPLICATE, status, None)
    return _decided(row[status], data, order, status)


def _decided(rules: tuple[Rule, ...], data: Mapping[str, Any], order: Order, status: str | None) -> Decision:
    rule = next(rule for rule in rules if rule.when is None or rule.when(data, order))
    return Decision(rule.outcome, rule.status or status, rule.reason)
