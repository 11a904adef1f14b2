"""Places an order: the request becomes one OrderPlaced event, whatever the number of times it is sent.

The order id is derived from customer and Idempotency-Key, the event id from that and the request's hash. A repetition
finds the order in the table. One that comes before the recorder has written it publishes the same event again, which
the recorder knows by its id; two different requests that race under one key it tells apart by their hashes.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from common.http_api import Problem
from common.publisher import Publisher, publish_all_or_raise
from contracts import MAX_ORDER_BYTES, ContractError, Event, new_event, times
from contracts.ids import derived_id, order_id
from storefront_api.price import Catalog
from storefront_api.problem import IDEMPOTENCY_CONFLICT, ORDER_TOO_LARGE

if TYPE_CHECKING:
    from contracts.generated.types import Money, OrderRequest

PRODUCER = "storefront_api"


class OrderReader(Protocol):
    def find(self, order_id: str) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True, slots=True)
class Placed:
    """What the customer is told; `event_id` is None when nothing had to be published."""

    order_id: str
    total: "Money"
    outcome: Literal["accepted", "repeated"]
    event_id: str | None = None


def place(
    request: "OrderRequest",
    *,
    customer_id: str,
    idempotency_key: str,
    correlation_id: str,
    orders: OrderReader,
    catalog: Catalog,
    publisher: Publisher,
    remaining_ms: Callable[[], int],
) -> Placed:
    """Publish the order unless it is known already.

    Prices are looked up only for a new order: a repetition is answered with the total it was accepted at, even when the
    catalog has changed since.

    Raises:
        Problem: 422 for another request under the same key, a SKU that is not for sale, or an order over the size cap.
        TransientError: the table or the bus does not answer; nothing is half done, the request can be repeated.
    """
    identity = order_id("online", customer_id, idempotency_key)
    digest = request_hash(request)
    if known := orders.find(identity):
        if known["request_hash"] != digest:
            raise Problem(
                IDEMPOTENCY_CONFLICT, "This Idempotency-Key came with a different body before; use a new one."
            )
        return Placed(identity, cast("Money", known["total"]), "repeated")
    lines, total = catalog.price(request["lines"])
    data: dict[str, Any] = {
        **request,
        "order_id": identity,
        "customer_id": customer_id,
        "lines": lines,
        "total": total,
        "placed_at": times.now(),
        "request_hash": digest,
    }
    event = _event(data, correlation_id)
    publish_all_or_raise(publisher, [event], remaining_ms)
    return Placed(identity, total, "accepted", event["metadata"]["event_id"])


def request_hash(request: Mapping[str, Any]) -> str:
    """SHA-256 of the request's canonical form: neither blanks nor the order of fields make it another request."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _event(data: Mapping[str, Any], correlation_id: str) -> Event:
    try:
        return new_event(
            "OrderPlaced",
            data,
            producer=PRODUCER,
            correlation_id=correlation_id,
            event_id=derived_id("OrderPlaced", data["order_id"], data["request_hash"]),
            occurred_at=data["placed_at"],
        )
    except ContractError as error:
        if error.code == "too_large":
            raise Problem(
                ORDER_TOO_LARGE, f"With names and prices the order has more than {MAX_ORDER_BYTES} bytes; split it."
            ) from None
        raise
