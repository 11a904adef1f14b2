"""Derives the support cases of an order. Pure.

Cases are read from the image after the change and not from the difference: a later version names all cases of the
earlier ones, so whichever version arrives first opens a case, and one that comes late can neither repeat nor reopen it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contracts.generated.types import OrderImage, PaymentConflict, Refund

CANCELLATION = "cancellation"


@dataclass(frozen=True, slots=True)
class Case:
    """A case that a person may have to handle.

    `kind` is `cancelled_<cancel reason>`, `refund_<reason of the refund>` or `payment_conflict`. A case about money has
    the payment id and the amount in minor units of the currency; only a person closes a conflict."""

    order_id: str
    case_id: str
    kind: str
    closed: bool
    about: Mapping[str, str | int]


def cases_of(order: "OrderImage") -> tuple[Case, ...]:
    """Return the cases of an order's image: open until the money is refunded."""
    refunded = order["status"] == "refunded"
    cases: list[Case] = []
    if order["status"] == "cancelled" or "cancel_reason" in order:
        kind = f"cancelled_{order.get('cancel_reason', 'unexplained')}"
        cases.append(Case(order["order_id"], CANCELLATION, kind, refunded, {}))
    for refund_id, refund in order.get("refunds", {}).items():
        about = {"refund_id": refund_id, **_money(refund)}
        closed = refunded or refund["state"] == "completed"
        cases.append(Case(order["order_id"], f"refund#{refund_id}", f"refund_{refund['reason']}", closed, about))
    for conflict_id, conflict in order.get("payment_conflicts", {}).items():
        about = {"reported": conflict["kind"], **_money(conflict)}
        cases.append(Case(order["order_id"], f"conflict#{conflict_id}", "payment_conflict", closed=False, about=about))
    return tuple(cases)


def _money(movement: "Refund | PaymentConflict") -> dict[str, str | int]:
    return {"payment_id": movement["payment_id"], "amount": movement["amount"], "currency": movement["currency"]}
