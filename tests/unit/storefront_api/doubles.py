"""Simulators for what the API works with, and the requests that API Gateway would send it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common.errors import TransientError
from common.publisher import Failure, FailureKind
from contracts import Event, validate
from storefront_api.price import Catalog

CATALOG = Catalog("EUR", {"PEN": {"name": "Pen", "unit_price": 250}, "INK": {"name": "Ink", "unit_price": 1_195}})
CUSTOMER = "auth0|ada"


class OrdersDouble:
    """The orders table: `items` by order id, and how often it was read."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.reads = 0
        self.down = False

    def find(self, order_id: str) -> dict[str, Any] | None:
        self.reads += 1
        if self.down:
            raise TransientError("orders_unavailable", "the table does not answer")
        return self.items.get(order_id)

    def record(self, event: Event) -> None:
        """Do what the recorder does with an OrderPlaced event."""
        data = event["data"]
        self.items[data["order_id"]] = {
            **data,
            "status": "placed",
            "version": 1,
            "updated_at": data["placed_at"],
            "applied": {"OrderPlaced": event["metadata"]["event_id"]},
            "correlation_id": event["metadata"]["correlation_id"],
            "last_event_id": event["metadata"]["event_id"],
            "due_shard": "3",
            "payment_due_at": data["placed_at"],
        }


class PublisherDouble:
    """A bus that checks contracts like the real publisher and can be told how to fail."""

    def __init__(self) -> None:
        self.published: list[Event] = []
        self.calls = 0
        self.failing: FailureKind | None = None
        self.error: Exception | None = None

    def publish(self, events: Sequence[Event], remaining_ms: Callable[[], int] | None = None) -> list[Failure]:
        self.calls += 1
        if self.error:
            raise self.error
        for event in events:
            validate(event)
        if self.failing:
            return [Failure(event, self.failing, "as told") for event in events]
        self.published.extend(events)
        return []


def order_body(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "channel": "web",
        "lines": [{"sku": "PEN", "quantity": 2}, {"sku": "INK", "quantity": 1}],
        "shipping_address": {
            "name": "Ada Example",
            "line1": "Elbchaussee 1",
            "postal_code": "22765",
            "city": "Hamburg",
            "country": "DE",
        },
        "contact_email": "ada@example.org",
    }
    return {**body, **changes}


def http_event(
    method: str,
    path: str,
    *,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    customer: str | None = CUSTOMER,
    stage: str = "$default",
    is_base64: bool = False,
) -> dict[str, Any]:
    """An event in payload format 2.0 as an HTTP API with a JWT authorizer sends it."""
    context: dict[str, Any] = {"http": {"method": method, "path": path}, "stage": stage, "requestId": "r-1"}
    if customer is not None:
        context["authorizer"] = {"jwt": {"claims": {"sub": customer}, "scopes": None}}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": dict(headers or {}),
        "requestContext": context,
        "isBase64Encoded": is_base64,
    }
    if body is not None:
        event["body"] = body
    return event


def post_order(
    body: Any = None, *, headers: Mapping[str, str] | None = None, text: str | None = None, **options: Any
) -> dict[str, Any]:
    """A POST /orders of `body` (or of `text` as it is); a header given as "" is left out."""
    sent = {"content-type": "application/json", "idempotency-key": "key-1", **(headers or {})}
    return http_event(
        "POST",
        options.pop("path", "/orders"),
        body=text if text is not None else json.dumps(order_body() if body is None else body),
        headers={name: value for name, value in sent.items() if value},
        **options,
    )


def document(response: Mapping[str, Any]) -> Any:
    return json.loads(response["body"])
