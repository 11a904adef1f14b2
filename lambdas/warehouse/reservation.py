"""The warehouse's reservation for an order, and the demand derived from a change to the order."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from contracts.generated.types import OrderChanged, OrderLine


class State(StrEnum):
    RESERVING = "reserving"
    """Some lines are reserved; the next step reserves more."""
    RESERVED = "reserved"
    SHIPPED = "shipped"
    RELEASING = "releasing"
    """Some lines have been returned to the stock; the next step returns more."""
    REJECTED = "rejected"
    """No line is reserved, because the stock of at least one SKU was too low."""
    RELEASED = "released"
    """No line is reserved and none will be, because the order will not be shipped."""


class Intent(StrEnum):
    RESERVE = "reserve"
    SHIP = "ship"
    RELEASE = "release"
    STOP = "stop"
    """The customer wants to cancel a paid order: release its stock unless it is shipped, and publish the outcome."""


INTENT_BY_STATUS: Final[Mapping[str, Intent]] = {
    "placed": Intent.RESERVE,
    "paid": Intent.SHIP,
    "cancelled": Intent.RELEASE,
    "refunding": Intent.RELEASE,
}


@dataclass(frozen=True, slots=True)
class Line:
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Shortage:
    sku: str
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class Decision:
    """The time and cause of a rejection or shipment; stored so that its event is always the same."""

    at: str
    version: int
    causation_id: str


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation: `lines[:taken]` are reserved. Every write checks `revision` and increments it."""

    order_id: str
    state: State
    lines: tuple[Line, ...]
    taken: int = 0
    revision: int = 1
    missing: tuple[Shortage, ...] = ()
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """What the warehouse must do for one version of an order."""

    order_id: str
    version: int
    intent: Intent
    lines: tuple[Line, ...]
    event_id: str
    correlation_id: str
    occurred_at: str


def derive_demand(change: "OrderChanged") -> Demand | None:
    """Return what the warehouse must do after an OrderChanged event, or None if the status requires nothing."""
    data = change["data"]
    intent = INTENT_BY_STATUS.get(data["status"])
    if intent is None:
        return None
    if intent is Intent.SHIP and "cancel_requested_at" in data["after"]:
        intent = Intent.STOP
    metadata, lines = change["metadata"], merge_lines(data["after"]["lines"])
    origin = metadata["event_id"], metadata["correlation_id"], metadata["occurred_at"]
    return Demand(data["order_id"], data["version"], intent, lines, *origin)


def merge_lines(lines: "list[OrderLine]") -> tuple[Line, ...]:
    """Return one line per SKU with the sum of its quantities, because a transaction can write an item only once."""
    quantities: dict[str, int] = {}
    for line in lines:
        quantities[line["sku"]] = quantities.get(line["sku"], 0) + line["quantity"]
    return tuple(Line(sku, quantity) for sku, quantity in quantities.items())
