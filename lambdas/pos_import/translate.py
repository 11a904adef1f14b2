"""Translates a receipt into an OrderPlaced event.

The same receipt always gives the same order and event id, whatever file it is in and whatever the order of its rows."""

import hashlib
import json
from typing import Any

from contracts import Event, new_event
from contracts.ids import derived_id, order_id
from pos_import.receipts import Receipt

PRODUCER = "pos_import"
# Customers at a till are anonymous.
CUSTOMER_ID = "walk-in"


def to_event(receipt: Receipt, *, correlation_id: str, causation_id: str | None) -> Event:
    """Return the OrderPlaced event of a receipt; raise ContractError if it violates the contract."""
    payment = receipt.rows[0].payment
    # Till files have no product names, so the SKU is used as the name.
    lines = [
        {"sku": row.sku, "name": row.sku, "quantity": row.quantity, "unit_price": row.unit_price}
        for row in sorted(receipt.rows, key=lambda row: (row.sku, row.unit_price, row.quantity))
    ]
    total = {"amount": receipt.amount, "currency": payment.currency}
    content: dict[str, Any] = {
        "order_id": order_id("pos", *receipt.key),
        "customer_id": CUSTOMER_ID,
        "channel": "pos",
        "lines": lines,
        "total": total,
        "placed_at": payment.paid_at,
        "payment": {"payment_id": payment.payment_id, **total, "method": payment.method},
        "store": receipt.key._asdict(),
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    return new_event(
        "OrderPlaced",
        {**content, "request_hash": digest},
        producer=PRODUCER,
        correlation_id=correlation_id,
        causation_id=causation_id,
        event_id=derived_id("OrderPlaced", content["order_id"], digest),
        occurred_at=payment.paid_at,
    )
