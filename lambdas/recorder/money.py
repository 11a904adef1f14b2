"""Which payment an order keeps, and the names of what does not fit. Pure."""

from collections.abc import Mapping
from typing import Any

from contracts import ids

type Payments = Mapping[str, Mapping[str, Any]]


def conflict_id(data: Mapping[str, Any]) -> str:
    """The name of a report of money that fits nothing else: the same report has the same one."""
    kind = "refund" if "refund_id" in data else "capture"
    return ids.derived_id(kind, data["payment_id"], str(data["amount"]), data["currency"])


def surplus(payments: Payments, refunds: Mapping[str, Mapping[str, Any]], new_id: str, new: Mapping[str, Any]) -> str:
    """Of the payment that the order keeps and a further one, the id of that to give back: the later.

    The choice rests on what the payments say and not on the order in which they arrived, so that an order which is
    rebuilt from a replay gives back the same one."""
    given_back = {refund["payment_id"] for refund in refunds.values()}
    captured = {
        # What was paid at a till is not the provider's to give back.
        each: "" if "method" in payment else str(payment["captured_at"])
        for each, payment in payments.items()
        if each not in given_back
    }
    captured[new_id] = new["captured_at"]
    return max(captured, key=lambda payment_id: (captured[payment_id], payment_id))
