"""Translates a call into an event: the only module that depends on the payment provider's and carrier's formats.

A call is `{"id": ..., "type": ..., "data": {...}}`. Fields that are not listed here are ignored, because providers
add fields without notice. The event id is derived from what happened (caller, type and `key_fields`), so a repeated
call results in the same event id, even if its call id differs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts import ContractError, Event, new_event, times
from contracts.ids import derived_id

PRODUCER = "webhooks"
PAYMENT_PROVIDER = "payment_provider"
CARRIER = "carrier"


class UntranslatableError(Exception):
    """The call cannot be translated into an event; `field` is the path of the invalid field."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Translation:
    """Maps one type of call to an event: `key_fields` identify duplicate calls, and `time_field` is the field with
    the time."""

    event_type: str
    key_fields: tuple[str, ...]
    fields: tuple[str, ...]
    time_field: str | None = None


def _void_response_translation(event_type: str) -> Translation:
    return Translation(event_type, key_fields=("order_id", "payment_due_at"), fields=("order_id", "payment_due_at"))


TRANSLATIONS: Mapping[tuple[str, str], Translation] = {
    (PAYMENT_PROVIDER, "payment.captured"): Translation(
        "PaymentCaptured",
        key_fields=("payment_id", "amount", "currency"),
        fields=("order_id", "payment_id", "amount", "currency", "captured_at"),
        time_field="captured_at",
    ),
    (PAYMENT_PROVIDER, "payment.declined"): Translation(
        "PaymentDeclined", key_fields=("payment_id",), fields=("order_id", "payment_id", "reason")
    ),
    (PAYMENT_PROVIDER, "payment.voided"): _void_response_translation("PaymentVoided"),
    (PAYMENT_PROVIDER, "payment.unknown"): _void_response_translation("PaymentUnknown"),
    (PAYMENT_PROVIDER, "refund.completed"): Translation(
        "RefundCompleted",
        key_fields=("refund_id", "amount", "currency"),
        fields=("order_id", "refund_id", "payment_id", "amount", "currency", "completed_at"),
        time_field="completed_at",
    ),
    (CARRIER, "shipment.delivered"): Translation(
        "OrderDelivered",
        key_fields=("shipment_id",),
        fields=("order_id", "shipment_id", "delivered_at"),
        time_field="delivered_at",
    ),
}


def translate(caller: str, call: Any, correlation_id: str) -> Event:
    """Return the event for `call`.

    Raises:
        UntranslatableError: the call is malformed, has a type that this caller may not use, or its data violates
            the event's contract."""
    if not isinstance(call, Mapping):
        raise UntranslatableError("body", "must be an object")
    if not isinstance(call.get("id"), str):
        raise UntranslatableError("id", "must be a string")
    kind, data = call.get("type"), call.get("data")
    translation = TRANSLATIONS.get((caller, kind)) if isinstance(kind, str) else None
    if translation is None or not isinstance(kind, str):
        allowed_types = [name for sender, name in TRANSLATIONS if sender == caller]
        raise UntranslatableError("type", f"must be one of {', '.join(allowed_types)}")
    if not isinstance(data, Mapping):
        raise UntranslatableError("data", "must be an object")
    values = {name: data[name] for name in translation.fields if name in data}
    occurred_at = None
    if (name := translation.time_field) and name in values:
        values[name] = occurred_at = _normalize_time(values[name], f"data.{name}")
    try:
        event = new_event(
            translation.event_type, values, producer=PRODUCER, correlation_id=correlation_id, occurred_at=occurred_at
        )
    except ContractError as error:
        raise UntranslatableError(error.field, error.reason) from None
    # The event's validation has shown that these are valid parts of a derived id.
    event["metadata"]["event_id"] = derived_id(caller, kind, *(str(values[name]) for name in translation.key_fields))
    return event


def _normalize_time(text: object, field: str) -> str:
    """Convert an RFC 3339 time with any offset and precision to the format of events."""
    try:
        if isinstance(text, str):
            return times.to_text(times.from_rfc3339(text))
    except ValueError:
        pass
    raise UntranslatableError(field, "must be an RFC 3339 time with an offset")
