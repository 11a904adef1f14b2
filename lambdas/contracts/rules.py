"""Rules that relate fields of an event to each other, which JSON Schema cannot express."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from . import ids
from .errors import ContractError
from .event import Event, encode

MAX_ORDER_BYTES: Final = 65_536
"""One SNS message of 256 KiB has to hold an order before and after a change, with its payments.
https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html"""
MAX_ORDER_LINES: Final = 100
_CHANNELS_BY_PRODUCER: Final[Mapping[str, tuple[str, ...]]] = {
    "storefront_api": ("web", "mobile"),
    "pos_import": ("pos",),
    "partner": ("partner",),
}


def check(event: Event) -> None:
    """Raise ContractError if fields contradict each other or the event exceeds a limit."""
    if rule := _RULES.get(event["metadata"]["event_type"]):
        rule(event)


def _check_order_placed(event: Event) -> None:
    data, producer = event["data"], event["metadata"]["producer"]
    _require_order_size(event)
    if allowed_channels := _CHANNELS_BY_PRODUCER.get(producer):
        rule = f"must be {' or '.join(allowed_channels)} for producer {producer}"
        _require(data["channel"] in allowed_channels, "data.channel", rule)
    _require(
        data["total"]["amount"] == sum(line["quantity"] * line["unit_price"] for line in data["lines"]),
        "data.total.amount",
        "must be the sum of quantity times unit_price over all lines",
    )
    if "partner" in data:
        _require_ids_derived_from_partner(data, producer)
    if data["channel"] == "pos":
        _require_present(data, "store", "for an order from a till (channel pos)")
        _require_present(data, "payment", "for an order from a till (channel pos)")
        _require_same_money(data["payment"], data["total"], "data.payment")
    else:
        _require_present(data, "shipping_address", "for an order that is shipped (every channel except pos)")
        _require("store" not in data, "data.store", "is allowed only for an order from a till (channel pos)")
        _require("payment" not in data, "data.payment", "is allowed only for an order from a till (channel pos)")


def _require_ids_derived_from_partner(data: Mapping[str, Any], producer: str) -> None:
    partner_id, number = data["partner"]["partner_id"], data["partner"]["order_number"]
    _require(producer == "partner", "data.partner", "is allowed only for an order from a partner")
    _require(
        data["order_id"] == ids.order_id("partner", partner_id, number),
        "data.order_id",
        "must be derived from data.partner",
    )
    _require(
        data["customer_id"].startswith(f"{partner_id}:"), "data.customer_id", "must begin with partner_id and a colon"
    )


def _require_order_size(event: Event) -> None:
    try:
        size = len(encode(event).encode())
    except UnicodeEncodeError:
        raise ContractError("event", "must not contain a lone surrogate") from None
    if size > MAX_ORDER_BYTES:
        raise ContractError("event", f"must have at most {MAX_ORDER_BYTES:,} bytes as JSON; got {size:,}", "too_large")


def _check_order_changed(event: Event) -> None:
    data = event["data"]
    before, after = data["before"], data["after"]
    for name in ("order_id", "version", "status", "channel"):
        _require(data[name] == after[name], f"data.{name}", f"must be the same as data.after.{name}")
    names = list(data["changed_fields"])
    _require(names == sorted(set(names)), "data.changed_fields", "must be sorted and name each field once")
    if data["change"] == "created":
        _require(before is None, "data.before", "must be null if data.change is 'created'")
        _require(data["previous_status"] is None, "data.previous_status", "must be null if data.change is 'created'")
        return
    _require(before is not None, "data.before", "must not be null if data.change is 'updated'")
    _require(before["order_id"] == after["order_id"], "data.before.order_id", "must be the same as data.after.order_id")
    _require(before["version"] < after["version"], "data.before.version", "must be lower than data.after.version")
    _require(
        data["previous_status"] == before["status"], "data.previous_status", "must be the same as data.before.status"
    )


def _check_order_deleted(event: Event) -> None:
    data = event["data"]
    for name in ("order_id", "version"):
        _require(data[name] == data["before"][name], f"data.{name}", f"must be the same as data.before.{name}")


def _check_stock_rejected(event: Event) -> None:
    for index, shortage in enumerate(event["data"]["missing"]):
        _require(
            shortage["available"] < shortage["requested"],
            f"data.missing[{index}].available",
            "must be less than the requested quantity",
        )


def _require(condition: bool, field: str, reason: str) -> None:
    if not condition:
        raise ContractError(field, reason, "broken_rule")


def _require_present(data: Mapping[str, Any], name: str, condition: str) -> None:
    if name not in data:
        raise ContractError(f"data.{name}", f"is required {condition}", "missing_field")


def _require_same_money(money: Mapping[str, Any], total: Mapping[str, Any], field: str) -> None:
    _require(money["currency"] == total["currency"], f"{field}.currency", "must equal data.total.currency")
    _require(money["amount"] == total["amount"], f"{field}.amount", "must equal data.total.amount")


_RULES: Final[Mapping[str, Callable[[Event], None]]] = {
    "OrderPlaced": _check_order_placed,
    "OrderChanged": _check_order_changed,
    "OrderDeleted": _check_order_deleted,
    "StockRejected": _check_stock_rejected,
}
