"""The transition table: what every event does to an order in every state. Data, and the function that reads it.

A cell is a list of rules; the first whose guard holds decides, and the last has no guard. docs/generated/transitions.md
is generated from here.
"""

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
    """What becomes of an event."""

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


def _compensate(reason: str, status: str | None = None) -> Rule:
    return Rule(Outcome.COMPENSATE, status, reason)


def _duplicate(when: Guard | None = None) -> Rule:
    return Rule(Outcome.DUPLICATE, when=when)


def _illegal(reason: str = "illegal_transition", when: Guard | None = None) -> Rule:
    return Rule(Outcome.ILLEGAL, None, reason, when)


_EARLY = Rule(Outcome.EARLY)
_OBSOLETE = Rule(Outcome.OBSOLETE)

_REPEATED_ORDER = (_duplicate(guards.same_request), _illegal("conflicting_request"))
_KNOWN_PAYMENT = _duplicate(guards.payment_known)
_DOUBLE_CHARGE = (_KNOWN_PAYMENT, _compensate("double_charge"))
_LATE_CAPTURE = (_KNOWN_PAYMENT, _compensate("late_capture", REFUNDING))
_SAME_SHIPMENT = (_duplicate(guards.same_shipment), _illegal("other_shipment"))
_REFUND_CHECKS = (
    _illegal("unknown_refund", guards.refund_unknown),
    _duplicate(guards.refund_completed),
    _illegal("amount_mismatch", guards.refund_differs),
)
_REFUND = (*_REFUND_CHECKS, _apply())

TABLE: Mapping[str, Mapping[str, tuple[Rule, ...]]] = {
    "OrderPlaced": {
        NONE: (_apply(DELIVERED, when=guards.from_till), _apply(PLACED)),
        PLACED: _REPEATED_ORDER,
        PAID: _REPEATED_ORDER,
        SHIPPED: _REPEATED_ORDER,
        DELIVERED: _REPEATED_ORDER,
        CANCELLED: _REPEATED_ORDER,
        REFUNDING: _REPEATED_ORDER,
        REFUNDED: _REPEATED_ORDER,
    },
    "PaymentCaptured": {
        NONE: (_EARLY,),
        PLACED: (_KNOWN_PAYMENT, _illegal("amount_mismatch", guards.amount_differs), _apply(PAID)),
        PAID: _DOUBLE_CHARGE,
        SHIPPED: _DOUBLE_CHARGE,
        DELIVERED: _DOUBLE_CHARGE,
        CANCELLED: _LATE_CAPTURE,
        REFUNDING: (_KNOWN_PAYMENT, _compensate("late_capture")),
        REFUNDED: _LATE_CAPTURE,
    },
    "PaymentDeclined": {
        NONE: (_EARLY,),
        PLACED: (_apply(CANCELLED, "payment_declined"),),
        PAID: (_illegal(),),
        SHIPPED: (_illegal(),),
        DELIVERED: (_illegal(),),
        CANCELLED: (_OBSOLETE,),
        REFUNDING: (_OBSOLETE,),
        REFUNDED: (_OBSOLETE,),
    },
    "StockRejected": {
        NONE: (_EARLY,),
        PLACED: (_apply(CANCELLED, "out_of_stock"),),
        PAID: (_compensate("out_of_stock", REFUNDING),),
        SHIPPED: (_illegal(),),
        DELIVERED: (_illegal(),),
        CANCELLED: (_OBSOLETE,),
        REFUNDING: (_OBSOLETE,),
        REFUNDED: (_OBSOLETE,),
    },
    "OrderShipped": {
        NONE: (_EARLY,),
        PLACED: (_illegal(),),
        PAID: (_apply(SHIPPED),),
        SHIPPED: _SAME_SHIPMENT,
        DELIVERED: _SAME_SHIPMENT,
        CANCELLED: (_illegal(),),
        REFUNDING: (_illegal(),),
        REFUNDED: (_illegal(),),
    },
    "OrderDelivered": {
        NONE: (_EARLY,),
        PLACED: (_illegal(),),
        PAID: (_EARLY,),
        SHIPPED: (_illegal("other_shipment", guards.other_shipment), _apply(DELIVERED)),
        DELIVERED: _SAME_SHIPMENT,
        CANCELLED: (_illegal(),),
        REFUNDING: (_illegal(),),
        REFUNDED: (_illegal(),),
    },
    "PaymentDeadlinePassed": {
        NONE: (_OBSOLETE,),
        PLACED: (_apply(CANCELLED, "payment_deadline"),),
        PAID: (_OBSOLETE,),
        SHIPPED: (_OBSOLETE,),
        DELIVERED: (_OBSOLETE,),
        CANCELLED: (_OBSOLETE,),
        REFUNDING: (_OBSOLETE,),
        REFUNDED: (_OBSOLETE,),
    },
    "RefundCompleted": {
        NONE: (_EARLY,),
        PLACED: (_illegal(),),
        PAID: _REFUND,
        SHIPPED: _REFUND,
        DELIVERED: _REFUND,
        CANCELLED: (_illegal(),),
        REFUNDING: (*_REFUND_CHECKS, _apply(REFUNDED, when=guards.last_refund_due), _apply()),
        REFUNDED: (_duplicate(guards.refund_completed), _illegal("unknown_refund")),
    },
}


def decide(event: Event, order: Order | None) -> Decision:
    """Return what the event does to the order, None for an order that does not exist.

    Raises:
        KeyError: for an event type without a row, a status without a column, or an attribute that a guard needs.
    """
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
