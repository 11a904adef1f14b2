"""What becomes of an order, by the payment provider's scenario or the state of the shelf: the demo's expectations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Story:
    """``ends``: allowed final (status, cancel reason) pairs; ``refunds``: how many refunds it must have had;
    ``waits``: it ends only after the payment term; ``scenario``: the payment provider's, where its name is another."""

    what: str
    ends: frozenset[tuple[str, str | None]]
    refunds: frozenset[int] = frozenset({0})
    waits: bool = False
    scenario: str | None = None

    def problem(self, order: Mapping[str, Any]) -> str | None:
        """None when the order ended as told, else what is different."""
        end = (order["status"], order.get("cancel_reason"))
        if end not in self.ends:
            return f"ended {end[0]} ({end[1] or 'no cancel reason'})"
        count = len(order.get("refunds", {}))
        return None if count in self.refunds else f"had {count} refunds"


_DELIVERED = frozenset({("delivered", None)})

STORIES: Mapping[str, Story] = {
    "capture": Story("paid, shipped, delivered", _DELIVERED),
    "twice": Story("every call of the payment provider came twice", _DELIVERED),
    "timeout": Story("the payment provider answered after the time-out", _DELIVERED),
    "double": Story("charged twice: the second charge went back", _DELIVERED, frozenset({1})),
    "second_card": Story("declined, then paid with a second card", _DELIVERED),
    "decline": Story(
        "declined: voided when the term was over", frozenset({("cancelled", "payment_declined")}), waits=True
    ),
    "silent": Story(
        "never paid: voided when the term was over", frozenset({("cancelled", "payment_deadline")}), waits=True
    ),
    "crossing": Story(
        "paid while it was voided: refunded", frozenset({("refunded", "payment_deadline")}), frozenset({1}), waits=True
    ),
    "cancel": Story(
        "not paid, and cancelled by the customer", frozenset({("cancelled", "customer_request")}), scenario="silent"
    ),
    "sold_out": Story(
        "out of stock: cancelled, or refunded where the payment was faster",
        frozenset({("cancelled", "out_of_stock"), ("refunded", "out_of_stock")}),
        frozenset({0, 1}),
    ),
}
SPECIAL = ("silent", "crossing", "sold_out", "cancel", "decline", "second_card", "double", "timeout", "twice")
