"""Translates a marketplace's order into OrderPlaced.

    {"number": "M-1001", "buyer": "b-77", "ordered_at": "2026-03-02T08:15:30.120Z", "currency": "EUR",
     "items": [{"sku": "MUG-01", "title": "Mug", "count": 1, "price": 1250}],
     "ship_to": {"name": ..., "line1": ..., "postal_code": ..., "city": ..., "country": ...}}

Other fields are ignored, because marketplaces add fields without notice. Prices, in minor units, are not changed."""

import hashlib
import json
from typing import Any, Final

from common.errors import PermanentError
from contracts import MAX_ORDER_BYTES, ContractError, Event, ids, new_event, times
from contracts.strict_json import StrictJsonError, loads

PRODUCER: Final = "partner"
PARTNER_ID: Final = "marketplace"
_ORDER_RETENTION_DAYS: Final = 400
_ADDRESS_FIELDS: Final = ("name", "line1", "line2", "postal_code", "city", "country")


def translate_order(text: str) -> Event:
    """Return the event for one order; the same text always gives the same order id and event id.

    Raises:
        PermanentError: the text is not strict JSON, lacks a field, or has an invalid value."""
    try:
        order = loads(text, max_bytes=MAX_ORDER_BYTES, reject_inexact_values=False)
        data = _build_event_data(order)
        return new_event(
            "OrderPlaced",
            data,
            producer=PRODUCER,
            correlation_id=ids.derived_id(PARTNER_ID, order["number"]),
            event_id=ids.derived_id("OrderPlaced", data["order_id"], data["request_hash"]),
            occurred_at=data["placed_at"],
        )
    except StrictJsonError as error:
        raise PermanentError("malformed_json", str(error)) from None
    except ContractError as error:
        raise PermanentError(error.code, str(error)) from None
    except KeyError as error:
        raise PermanentError("malformed_order", f"the field {error} is missing") from None
    except (TypeError, ValueError) as error:
        raise PermanentError("malformed_order", f"a field has a wrong type or value: {type(error).__name__}") from None


def _build_event_data(order: dict[str, Any]) -> dict[str, Any]:
    lines = [
        {"sku": item["sku"], "name": item["title"], "quantity": item["count"], "unit_price": item["price"]}
        for item in order["items"]
    ]
    amount = sum(line["quantity"] * line["unit_price"] for line in lines)
    data: dict[str, Any] = {
        "order_id": ids.order_id("partner", PARTNER_ID, order["number"]),
        "customer_id": f"{PARTNER_ID}:{order['buyer']}",
        "channel": "partner",
        "lines": lines,
        "total": {"amount": amount, "currency": order["currency"]},
        "placed_at": times.to_text(times.from_rfc3339(order["ordered_at"])),
        "shipping_address": {name: order["ship_to"][name] for name in _ADDRESS_FIELDS if name in order["ship_to"]},
    }
    canonical_json = json.dumps(data, sort_keys=True, separators=(",", ":")).encode()
    earliest_time, latest_time = times.plausible_range(times.utc_now(), _ORDER_RETENTION_DAYS)
    if not earliest_time < data["placed_at"] < latest_time:
        raise PermanentError("ordered_at_out_of_range", f"ordered_at must be in the last {_ORDER_RETENTION_DAYS} days")
    partner = {"partner_id": PARTNER_ID, "order_number": order["number"]}
    return {**data, "partner": partner, "request_hash": hashlib.sha256(canonical_json).hexdigest()}
