"""Events and order items for tests: complete and valid, each field changeable by name."""

import copy
import itertools
from collections.abc import Callable, Mapping
from typing import Any

from common.order_item import PRIVATE_FIELDS
from contracts import Event, ids, new_event

NOW = "2026-03-01T09:30:00.000Z"
LATER_TIME = "2026-03-01T10:00:00.000Z"
ORDER_ID = ids.order_id("online", "customer-1", "key-1")
TOTAL = {"amount": 1_998, "currency": "EUR"}
REQUEST_HASH = "a" * 64
OTHER_REQUEST_HASH = "b" * 64
PAYMENT_ID = "pay-1"
SHIPMENT_ID = "shp-1"
_event_numbers = itertools.count(1)


def _event_builder(event_type: str, producer: str, **data: Any) -> Callable[..., Event]:
    """Return a function that builds valid events of one type, each with a new id unless one is given."""

    def build(*, event_id: str | None = None, **changes: Any) -> Event:
        return _event(event_type, producer, _with_changes(copy.deepcopy(data), changes), event_id)

    return build


def _event(event_type: str, producer: str, data: Mapping[str, Any], event_id: str | None) -> Event:
    event_id = event_id or f"evt-{next(_event_numbers)}"
    return new_event(event_type, data, producer=producer, correlation_id="corr-1", event_id=event_id, occurred_at=NOW)


def refund_id(payment_id: str = PAYMENT_ID) -> str:
    """Return the id of the refund for a payment of the default order."""
    return ids.refund_id(ORDER_ID, payment_id)


ADDRESS = {
    **{"name": "Ada Example", "line1": "Elbchaussee 1"},
    **{"postal_code": "22765", "city": "Hamburg", "country": "DE"},
}
_LINES = [{"sku": "PEN", "name": "Pen", "quantity": 2, "unit_price": 999}]
_PLACED_FIELDS: dict[str, Any] = {"lines": _LINES, "total": TOTAL, "placed_at": NOW, "request_hash": REQUEST_HASH}
_BUYER = {"customer_id": "customer-1", "shipping_address": ADDRESS, "contact_email": "ada@example.org"}
_STORE = {"store_id": "s-1", "till_id": "t-1", "receipt_number": "r-1", "business_date": "2026-03-01"}
_PAYMENT_TERM = {"order_id": ORDER_ID, "payment_due_at": LATER_TIME}
_PAYMENT = {"order_id": ORDER_ID, "payment_id": PAYMENT_ID}
_REFUND = {**_PAYMENT, "refund_id": refund_id(), **TOTAL}

# An order from the website: two units of one SKU.
_WEB_ORDER = {"order_id": ORDER_ID, "channel": "web", **_BUYER}
order_placed = _event_builder("OrderPlaced", "storefront_api", **_WEB_ORDER, **_PLACED_FIELDS)
# A receipt from a till, already paid.
_TILL_FIELDS = {"payment": {"payment_id": PAYMENT_ID, **TOTAL, "method": "cash"}, "store": _STORE}
_TILL_ORDER = {"order_id": ids.order_id("pos", *_STORE.values()), "customer_id": "walk-in", "channel": "pos"}
till_order_placed = _event_builder("OrderPlaced", "pos_import", **_TILL_ORDER, **_TILL_FIELDS, **_PLACED_FIELDS)
_PAYMENT_REQUEST = {"idempotency_key": f"capture-{ORDER_ID}", "customer_id": "customer-1", "order_version": 1}
payment_requested = _event_builder("PaymentRequested", "finance", **_PAYMENT_TERM, **TOTAL, **_PAYMENT_REQUEST)
payment_captured = _event_builder("PaymentCaptured", "webhooks", **_PAYMENT, **TOTAL, captured_at=LATER_TIME)
payment_declined = _event_builder("PaymentDeclined", "webhooks", **_PAYMENT, reason="insufficient_funds")
payment_voided = _event_builder("PaymentVoided", "webhooks", **_PAYMENT_TERM)
payment_unknown = _event_builder("PaymentUnknown", "webhooks", **_PAYMENT_TERM)
payment_deadline_passed = _event_builder("PaymentDeadlinePassed", "payment_deadline", **_PAYMENT_TERM)
_CANCELLATION = {"order_id": ORDER_ID, "seen_status": "placed"}
cancellation_requested = _event_builder("OrderCancellationRequested", "storefront_api", **_CANCELLATION)
shipment_stopped = _event_builder("ShipmentStopped", "warehouse", order_id=ORDER_ID, order_version=3)
_REFUND_REQUEST = {"reason": "out_of_stock", "idempotency_key": refund_id()}
refund_requested = _event_builder("RefundRequested", "finance", **_REFUND, **_REFUND_REQUEST)
refund_completed = _event_builder("RefundCompleted", "webhooks", **_REFUND, completed_at=LATER_TIME)
_MISSING = {"order_version": 1, "missing": [{"sku": "PEN", "requested": 2, "available": 1}]}
stock_rejected = _event_builder("StockRejected", "warehouse", order_id=ORDER_ID, **_MISSING)
_SHIPMENT = {"order_id": ORDER_ID, "shipment_id": SHIPMENT_ID}
order_shipped = _event_builder("OrderShipped", "warehouse", **_SHIPMENT, order_version=2, shipped_at=LATER_TIME)
order_delivered = _event_builder("OrderDelivered", "webhooks", **_SHIPMENT, delivered_at=LATER_TIME)


def refund(*, state: str = "due", reason: str = "out_of_stock", payment_id: str = PAYMENT_ID) -> dict[str, Any]:
    """Return a refund as an item of the orders table stores it."""
    return {"payment_id": payment_id, **TOTAL, "reason": reason, "state": state}


def order_item(status: str = "placed", *, version: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the default order's item in the orders table, with `status` and the attributes that belong to it.

    A change to None removes the attribute."""
    order_data = order_placed(event_id="evt-placed")["data"]
    item: dict[str, Any] = {
        **order_data,
        **{"status": status, "version": version, "updated_at": NOW, "payments": {}, "refunds": {}},
        **{"correlation_id": "corr-1", "last_event_id": "evt-placed", "applied": {"OrderPlaced": "evt-placed"}},
    }
    if status == "placed":
        item |= {"due_shard": "3", "payment_due_at": LATER_TIME}
    if status in {"paid", "shipped", "delivered", "refunding", "refunded"}:
        item["payments"] = {PAYMENT_ID: {**TOTAL, "captured_at": LATER_TIME}}
    if status in {"shipped", "delivered"}:
        item["shipment"] = {"shipment_id": SHIPMENT_ID, "shipped_at": LATER_TIME}
    if status == "delivered":
        item["shipment"]["delivered_at"] = LATER_TIME
    if status == "cancelled":
        item["cancel_reason"] = "payment_deadline"
    if status in {"refunding", "refunded"}:
        item["cancel_reason"] = "out_of_stock"
        item["refunds"] = {refund_id(): refund(state="due" if status == "refunding" else "completed")}
    if status in {"delivered", "cancelled", "refunded"}:
        item["expires_at"] = 1_900_000_000
    return _with_changes(item, changes)


def order_image(status: str = "placed", *, version: int = 1, **changes: Any) -> dict[str, Any]:
    """Return the public fields of `order_item`, as `OrderChanged` carries them."""
    item = order_item(status, version=version, **changes)
    return {name: value for name, value in item.items() if name not in PRIVATE_FIELDS}


def order_changed(
    after: Mapping[str, Any], before: Mapping[str, Any] | None = None, *, event_id: str | None = None
) -> Event:
    """Return the message that the relay publishes when an order's image changes from `before` to `after`."""
    old = before or {}
    data = {
        **{name: after[name] for name in ("order_id", "version", "status", "channel")},
        **{"change": "updated" if before else "created", "previous_status": old.get("status")},
        "changed_fields": sorted(name for name in {*old, *after} if old.get(name) != after.get(name)),
        "before": dict(before) if before else None,
        "after": dict(after),
    }
    return _event("OrderChanged", "relay", data, event_id)


def order_deleted(before: Mapping[str, Any], *, cause: str = "expired", event_id: str | None = None) -> Event:
    data = {"order_id": before["order_id"], "version": before["version"], "cause": cause, "before": dict(before)}
    return _event("OrderDeleted", "relay", data, event_id)


def _with_changes(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Apply the changes; a change to None removes the field, so tests can omit one."""
    return {name: value for name, value in {**values, **changes}.items() if value is not None}
