"""The transition table: what every event does to an order in every state, and the function that applies it.

A cell is a list of rules: the first rule whose guard is true applies, and the last rule has no guard.
docs/generated/transitions.md is generated from this table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contracts import Event
from recorder import guards
from recorder.guards import Guard, Order

NO_ORDER = "none"
PLACED, PAID, SHIPPED, DELIVERED = "placed", "paid", "shipped", "delivered"
CANCELLED, REFUNDING, REFUNDED = "cancelled", "refunding", "refunded"
STATUSES = (PLACED, PAID, SHIPPED, DELIVERED, CANCELLED, REFUNDING, REFUNDED)
STATES = (NO_ORDER, *STATUSES)


class Outcome(StrEnum):
    """The effect of an event on its order."""

    APPLY = "apply"
    COMPENSATE = "compensate"
    DUPLICATE = "duplicate"
    EARLY = "early"
    OBSOLETE = "obsolete"
    ILLEGAL = "illegal"


WRITING_OUTCOMES = frozenset({Outcome.APPLY, Outcome.COMPENSATE})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a cell. `status` is the order's new status, or None if it stays the same. `reason` is why the order
    is cancelled, why money is refunded, what is illegal, or `payment_conflict`."""

    outcome: Outcome
    status: str | None = None
    reason: str | None = None
    guard: Guard | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one event for one order; `status` is the order's status afterwards."""

    outcome: Outcome
    status: str | None
    reason: str | None


def _applying_rule(status: str | None = None, reason: str | None = None, guard: Guard | None = None) -> Rule:
    return Rule(Outcome.APPLY, status, reason, guard)


def _compensating_rule(reason: str, status: str | None = None, guard: Guard | None = None) -> Rule:
    return Rule(Outcome.COMPENSATE, status, reason, guard)


def _duplicate_rule(guard: Guard | None = None) -> Rule:
    return Rule(Outcome.DUPLICATE, guard=guard)


def _early_rule(guard: Guard | None = None) -> Rule:
    return Rule(Outcome.EARLY, guard=guard)


def _obsolete_rule(guard: Guard | None = None) -> Rule:
    return Rule(Outcome.OBSOLETE, guard=guard)


def _illegal_rule(reason: str = "illegal_transition", guard: Guard | None = None) -> Rule:
    return Rule(Outcome.ILLEGAL, None, reason, guard)


_EARLY_RULES = (_early_rule(),)
_OBSOLETE_RULES = (_obsolete_rule(),)
_ILLEGAL_RULES = (_illegal_rule(),)
_OBSOLETE_RULES_AFTER_CANCELLATION = dict.fromkeys((CANCELLED, REFUNDING, REFUNDED), _OBSOLETE_RULES)
_ILLEGAL_RULES_AFTER_CANCELLATION = dict.fromkeys((CANCELLED, REFUNDING, REFUNDED), _ILLEGAL_RULES)
_OBSOLETE_RULES_AFTER_PLACED = dict.fromkeys(
    (PAID, SHIPPED, DELIVERED, CANCELLED, REFUNDING, REFUNDED), _OBSOLETE_RULES
)

_REPEATED_ORDER_RULES = (_duplicate_rule(guards.is_same_request_or_erased), _illegal_rule("conflicting_request"))
# Money that matches no payment or refund: customer service opens a case.
_CONFLICT_RULES = (
    _duplicate_rule(guards.is_known_conflict),
    _illegal_rule("too_many_payments", guards.has_max_conflicts),
)
_CAPTURE_RULES = (
    _duplicate_rule(guards.is_same_payment),
    *_CONFLICT_RULES,
    _applying_rule(None, "payment_conflict", guards.is_conflict),
)
_DOUBLE_CHARGE_RULES = (
    *_CAPTURE_RULES,
    _compensating_rule("amount_mismatch", guard=guards.amount_differs),
    _compensating_rule("double_charge"),
)
_LATE_CAPTURE_RULES = (*_CAPTURE_RULES, _compensating_rule("late_capture", REFUNDING))
_REPEATED_SHIPMENT_RULES = (_duplicate_rule(guards.is_same_shipment), _illegal_rule("other_shipment"))
# A refund that the order does not have is early: the event that makes it due may still arrive.
_REFUND_RULES = (
    _early_rule(guards.is_unknown_refund),
    _duplicate_rule(guards.is_completed_refund),
    _applying_rule(guard=guards.is_due_refund),
    *_CONFLICT_RULES,
    _applying_rule(reason="payment_conflict"),
)

TRANSITIONS: Mapping[str, Mapping[str, tuple[Rule, ...]]] = {
    "OrderPlaced": {
        NO_ORDER: (_applying_rule(DELIVERED, guard=guards.is_from_till), _applying_rule(PLACED)),
        **dict.fromkeys(STATUSES, _REPEATED_ORDER_RULES),
    },
    "PaymentCaptured": {
        NO_ORDER: _EARLY_RULES,
        PLACED: (
            _duplicate_rule(guards.is_same_payment),
            _applying_rule(PAID, guard=guards.pays_total),
            *_CAPTURE_RULES[1:],
            _compensating_rule("amount_mismatch"),
        ),
        **dict.fromkeys((PAID, SHIPPED, DELIVERED), _DOUBLE_CHARGE_RULES),
        CANCELLED: _LATE_CAPTURE_RULES,
        REFUNDING: (*_CAPTURE_RULES, _compensating_rule("late_capture")),
        REFUNDED: _LATE_CAPTURE_RULES,
    },
    # The order stays open for another card until its payment term ends.
    "PaymentDeclined": {
        NO_ORDER: _EARLY_RULES,
        PLACED: (_duplicate_rule(guards.is_known_decline), _obsolete_rule(guards.has_max_declines), _applying_rule()),
        **_OBSOLETE_RULES_AFTER_PLACED,
    },
    "PaymentVoided": {
        NO_ORDER: _EARLY_RULES,
        PLACED: (
            _obsolete_rule(guards.has_different_due_time),
            _applying_rule(CANCELLED, "payment_declined", guards.has_decline),
            _applying_rule(CANCELLED, "payment_deadline"),
        ),
        **_OBSOLETE_RULES_AFTER_PLACED,
    },
    # The request did not arrive within its term; the provider no longer captures it.
    "PaymentUnknown": {
        NO_ORDER: _EARLY_RULES,
        PLACED: (_obsolete_rule(guards.has_different_due_time), _applying_rule(CANCELLED, "payment_unknown")),
        **_OBSOLETE_RULES_AFTER_PLACED,
    },
    "OrderCancellationRequested": {
        NO_ORDER: _EARLY_RULES,
        PLACED: (_early_rule(guards.customer_saw_paid_order), _applying_rule(CANCELLED, "customer_request")),
        PAID: (_duplicate_rule(guards.has_cancel_request), _applying_rule()),
        SHIPPED: _OBSOLETE_RULES,
        DELIVERED: _OBSOLETE_RULES,
        **_OBSOLETE_RULES_AFTER_CANCELLATION,
    },
    "StockRejected": {
        NO_ORDER: _EARLY_RULES,
        PLACED: (_applying_rule(CANCELLED, "out_of_stock"),),
        PAID: (_compensating_rule("out_of_stock", REFUNDING),),
        **dict.fromkeys((SHIPPED, DELIVERED), _ILLEGAL_RULES),
        **_OBSOLETE_RULES_AFTER_CANCELLATION,
    },
    "ShipmentStopped": {
        **dict.fromkeys((NO_ORDER, PLACED), _EARLY_RULES),
        PAID: (
            _compensating_rule("customer_request", REFUNDING, guards.has_cancel_request),
            # The order had ended before the table was restored.
            _compensating_rule("late_capture", REFUNDING),
        ),
        **dict.fromkeys((SHIPPED, DELIVERED), _ILLEGAL_RULES),
        **_OBSOLETE_RULES_AFTER_CANCELLATION,
    },
    "OrderShipped": {
        **dict.fromkeys((NO_ORDER, PLACED), _EARLY_RULES),
        PAID: (_applying_rule(SHIPPED),),
        SHIPPED: _REPEATED_SHIPMENT_RULES,
        DELIVERED: _REPEATED_SHIPMENT_RULES,
        **_ILLEGAL_RULES_AFTER_CANCELLATION,
    },
    "OrderDelivered": {
        **dict.fromkeys((NO_ORDER, PLACED, PAID), _EARLY_RULES),
        SHIPPED: (_illegal_rule("other_shipment", guards.is_different_shipment), _applying_rule(DELIVERED)),
        DELIVERED: _REPEATED_SHIPMENT_RULES,
        **_ILLEGAL_RULES_AFTER_CANCELLATION,
    },
    "RefundCompleted": {
        **dict.fromkeys(STATES, _REFUND_RULES),
        NO_ORDER: _EARLY_RULES,
        REFUNDING: (*_REFUND_RULES[:2], _applying_rule(REFUNDED, guard=guards.is_last_refund), *_REFUND_RULES[2:]),
    },
    # The intake rule no longer matches this event; its queue and dead-letter queue may have it from earlier releases.
    "PaymentDeadlinePassed": dict.fromkeys(STATES, _OBSOLETE_RULES),
}


def decide(event: Event, order: Order | None) -> Decision:
    """Return the decision on an event; `order` is None if it does not exist.

    Raises:
        KeyError: no row for the event type, no cell for the status, or no attribute that a guard needs."""
    event_type, data = event["metadata"]["event_type"], event["data"]
    row = TRANSITIONS[event_type]
    if order is None:
        return _decide(row[NO_ORDER], data, {}, None)
    status: str = order["status"]
    if order["applied"].get(event_type) == event["metadata"]["event_id"]:
        return Decision(Outcome.DUPLICATE, status, None)
    return _decide(row[status], data, order, status)


def _decide(rules: tuple[Rule, ...], data: Mapping[str, Any], order: Order, status: str | None) -> Decision:
    rule = next(rule for rule in rules if rule.guard is None or rule.guard(data, order))
    return Decision(rule.outcome, rule.status or status, rule.reason)
