"""Decides which payment an order keeps, and derives ids of conflicts. Pure."""

from collections.abc import Mapping
from typing import Any

from contracts import ids

type Payments = Mapping[str, Mapping[str, Any]]


def conflict_id(data: Mapping[str, Any]) -> str:
    """Return the id of a conflicting payment report: the same report has the same id."""
    kind = "refund" if "refund_id" in data else "capture"
    return ids.derived_id(kind, data["payment_id"], str(data["amount"]), data["currency"])


def to_refund(payments: Payments, refunds: Mapping[str, Mapping[str, Any]], new_id: str, new: Mapping[str, Any]) -> str:
    """Return which of two payments of an order to refund, by id: the later one.

    The choice rests on what the payments say and not on the order in which they arrived, so that an order which is
    rebuilt from a replay gives back the same one."""
    given_back = {refund["payment_id"] for refund in refunds.values()}
    captured = {
        # The provider cannot refund a payment at a till.
        each: "" if "method" in payment else str(payment["captured_at"])
        for each, payment in payments.items()
        if each not in given_back
    }
    captured[new_id] = new["captured_at"]
    return max(captured, key=lambda payment_id: (captured[payment_id], payment_id))
