"""Pure functions that choose which payment of an order to refund, and derive the ids of payment conflicts."""

from collections.abc import Mapping
from typing import Any

from contracts import ids

type Movements = Mapping[str, Mapping[str, Any]]


def conflict_id(data: Mapping[str, Any]) -> str:
    """Return the id of a payment conflict, which is the same if the conflicting event is repeated."""
    kind = "refund" if "refund_id" in data else "capture"
    return ids.derived_id(kind, data["payment_id"], str(data["amount"]), data["currency"])


def find_payment_to_refund(payments: Movements, refunds: Movements, new_id: str, new_payment: Mapping[str, Any]) -> str:
    """Return the id of the payment to refund if an order is paid twice: the one captured later.

    The choice depends on the capture times and not on the order of arrival, so that an order rebuilt from a replay
    refunds the same payment."""
    refunded_payment_ids = {refund["payment_id"] for refund in refunds.values()}
    capture_times = {
        # The provider cannot refund a payment at a till.
        payment_id: "" if "method" in payment else str(payment["captured_at"])
        for payment_id, payment in payments.items()
        if payment_id not in refunded_payment_ids
    }
    capture_times[new_id] = new_payment["captured_at"]
    return max(capture_times, key=lambda payment_id: (capture_times[payment_id], payment_id))
