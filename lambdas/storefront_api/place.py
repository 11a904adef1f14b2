"""Places an order: a request becomes one OrderPlaced event, however often it is sent.

The order id is derived from the customer id and the Idempotency-Key, the event id from the order id and the request's
hash. A repeated request finds the order in the table or, until the recorder has written it, the claim that the first
request stored before publishing. A different body is rejected; if there is only a claim, the same event is published
again, with the claim's prices."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

from common.http_api import Problem
from common.publisher import Publisher, publish_all_or_raise
from contracts import MAX_ORDER_BYTES, ContractError, Event, ids, new_event, times
from storefront_api.list import OrderPages
from storefront_api.price import Catalog
from storefront_api.problem import IDEMPOTENCY_CONFLICT, ORDER_TOO_LARGE, TOO_MANY_ORDERS

if TYPE_CHECKING:
    from contracts.generated.types import Money, OrderRequest

PRODUCER = "storefront_api"
# Longer than an event can wait until it is recorded: 4 days in the intake queue and 14 as a dead-letter message.
CLAIM_DAYS = 30


class OrderReader(Protocol):
    def find(self, order_id: str) -> Mapping[str, Any] | None: ...


class OrderStore(OrderReader, OrderPages, Protocol):
    def count_recent_orders(self, buyer: str, since: str, limit: int) -> int: ...

    def find_claim(self, order_id: str) -> Mapping[str, Any] | None: ...

    def store_claim(self, claim: Mapping[str, Any]) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """The result for the customer; `event_id` is None if no event was published."""

    order_id: str
    total: "Money"
    outcome: Literal["accepted", "repeated"]
    event_id: str | None = None


def place_order(
    request: "OrderRequest",
    *,
    customer_id: str,
    idempotency_key: str,
    correlation_id: str,
    orders: OrderStore,
    orders_per_hour: int,
    catalog: Catalog,
    publisher: Publisher,
    remaining_ms: Callable[[], int],
) -> PlacedOrder:
    """Publish an OrderPlaced event unless the order is already recorded.

    A repeated request gets the accepted order's total, even if the catalog has changed.

    Raises:
        Problem: 422 for another request with the same key, or an order that cannot be priced or is too large;
            429 for a customer with too many orders.
        TransientError: a table or the bus is unavailable; the request can be repeated."""
    order_id = ids.order_id("online", customer_id, idempotency_key)
    digest = request_hash(request)
    if recorded_order := orders.find(order_id):
        _require_same_request(recorded_order, digest)
        return PlacedOrder(order_id, cast("Money", recorded_order["total"]), "repeated")
    try:
        lines, total = catalog.price(request["lines"])
        claim = {"order_id": order_id, "request_hash": digest, "lines": lines, "total": total, "placed_at": times.now()}
        _new_event(request, claim, customer_id, correlation_id)
        _enforce_hourly_limit(orders, customer_id, orders_per_hour)
        expiry = times.utc_now() + timedelta(days=CLAIM_DAYS)
        claim = dict(orders.store_claim({**claim, "expires_at": int(expiry.timestamp())}))
    except Problem:
        # A request with a claim was accepted before, even if catalog and orders would now lead to a rejection.
        existing_claim = orders.find_claim(order_id)
        if existing_claim is None:
            raise
        claim = dict(existing_claim)
    _require_same_request(claim, digest)
    event = _new_event(request, claim, customer_id, correlation_id)
    publish_all_or_raise(publisher, [event], remaining_ms)
    return PlacedOrder(order_id, cast("Money", claim["total"]), "accepted", event["metadata"]["event_id"])


def _require_same_request(order_or_claim: Mapping[str, Any], digest: str) -> None:
    if order_or_claim.get("request_hash") != digest:
        raise Problem(IDEMPOTENCY_CONFLICT, "This Idempotency-Key was used with a different body. Use a new key.")


def _enforce_hourly_limit(orders: OrderStore, customer_id: str, orders_per_hour: int) -> None:
    """Limit orders per hour approximately: those not yet recorded do not count, but API Gateway throttles requests."""
    since = times.to_text(times.utc_now() - timedelta(hours=1))
    if orders.count_recent_orders(customer_id, since, orders_per_hour) >= orders_per_hour:
        detail = f"A customer may place at most {orders_per_hour} orders an hour. Send the same request again later."
        raise Problem(TOO_MANY_ORDERS, detail, headers={"retry-after": "600"})


def request_hash(request: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the request's canonical form, which ignores whitespace and the order of fields."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _new_event(request: "OrderRequest", claim: Mapping[str, Any], customer_id: str, correlation_id: str) -> Event:
    names = ("order_id", "lines", "total", "placed_at", "request_hash")
    data: dict[str, Any] = {**request, "customer_id": customer_id, **{name: claim[name] for name in names}}
    try:
        return new_event(
            "OrderPlaced",
            data,
            producer=PRODUCER,
            correlation_id=correlation_id,
            event_id=ids.derived_id("OrderPlaced", data["order_id"], data["request_hash"]),
            occurred_at=data["placed_at"],
        )
    except ContractError as error:
        if error.code == "too_large":
            detail = f"The order must be at most {MAX_ORDER_BYTES} bytes with the names and prices that the API adds."
            detail += " Split it into several orders."
            raise Problem(ORDER_TOO_LARGE, detail) from None
        raise
