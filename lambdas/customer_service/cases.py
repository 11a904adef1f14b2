"""Pure functions that derive the support cases of an order.

Cases are derived from the image after the change, not from the difference: each version has all cases of earlier ones.
So the version that arrives first opens a case, and a version that arrives late cannot open the case again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.generated.types import OrderImage, PaymentConflict, Refund

CANCELLATION = "cancellation"


@dataclass(frozen=True, slots=True)
class Case:
    """A case that a person may have to handle.

    `kind` is `cancelled_<cancel reason>`, `refund_<refund reason>` or `payment_conflict`. `details` of a case about
    money has the payment id and the amount in minor units of the currency. Only a person closes a payment conflict."""

    order_id: str
    case_id: str
    kind: str
    closed: bool
    details: Mapping[str, str | int]


def derive_cases(order: "OrderImage") -> tuple[Case, ...]:
    """Return the cases of an order's image; a case about money is open until the refund is completed."""
    refunded = order["status"] == "refunded"
    cases: list[Case] = []
    if order["status"] == "cancelled" or "cancel_reason" in order:
        kind = f"cancelled_{order.get('cancel_reason', 'unexplained')}"
        cases.append(Case(order["order_id"], CANCELLATION, kind, refunded, {}))
    for refund_id, refund in order.get("refunds", {}).items():
        details = {"refund_id": refund_id, **_money(refund)}
        closed = refunded or refund["state"] == "completed"
        cases.append(Case(order["order_id"], f"refund#{refund_id}", f"refund_{refund['reason']}", closed, details))
    for conflict_id, conflict in order.get("payment_conflicts", {}).items():
        details = {"reported": conflict["kind"], **_money(conflict)}
        cases.append(Case(order["order_id"], f"conflict#{conflict_id}", "payment_conflict", False, details))
    return tuple(cases)


def _money(movement: "Refund | PaymentConflict") -> dict[str, str | int]:
    return {"payment_id": movement["payment_id"], "amount": movement["amount"], "currency": movement["currency"]}
