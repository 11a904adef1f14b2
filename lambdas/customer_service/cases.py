"""Pure functions that derive the support cases of an order.

Cases are derived from the image after the change, not from the difference, so each version has all earlier cases.
The version that arrives first opens a case, and a version that arrives late cannot open the case again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.generated.types import OrderImage, PaymentConflict, Refund

_CANCELLATION_CASE_ID = "cancellation"


@dataclass(frozen=True, slots=True)
class Case:
    """A support case that a person may have to handle.

    `kind` is `cancelled_<cancel reason>`, `refund_<refund reason>` or `payment_conflict`. The `details` of a case
    about money contain the payment id and the amount in minor units. Only a person closes a payment conflict."""

    order_id: str
    case_id: str
    kind: str
    is_closed: bool
    details: Mapping[str, str | int]


def derive_cases(order: "OrderImage") -> tuple[Case, ...]:
    """Return the cases of an order's image; the case of a refund is open until the refund is completed."""
    is_refunded = order["status"] == "refunded"
    cases: list[Case] = []
    if order["status"] == "cancelled" or "cancel_reason" in order:
        kind = f"cancelled_{order.get('cancel_reason', 'unexplained')}"
        cases.append(Case(order["order_id"], _CANCELLATION_CASE_ID, kind, is_refunded, {}))
    for refund_id, refund in order.get("refunds", {}).items():
        details = {"refund_id": refund_id, **_payment_details(refund)}
        is_closed = is_refunded or refund["state"] == "completed"
        cases.append(Case(order["order_id"], f"refund#{refund_id}", f"refund_{refund['reason']}", is_closed, details))
    for conflict_id, conflict in order.get("payment_conflicts", {}).items():
        details = {"reported": conflict["kind"], **_payment_details(conflict)}
        cases.append(Case(order["order_id"], f"conflict#{conflict_id}", "payment_conflict", False, details))
    return tuple(cases)


def _payment_details(record: "Refund | PaymentConflict") -> dict[str, str | int]:
    return {"payment_id": record["payment_id"], "amount": record["amount"], "currency": record["currency"]}
