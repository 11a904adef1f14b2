"""Translates a call into an event: the only module that depends on the formats of payment provider and carrier.

A call is `{"id": ..., "type": ..., "data": {...}}`. Fields that are not listed here are ignored, because providers
add fields without notice. The event id is derived from what happened (caller, type, payment, refund or shipment), so a
repeated call, with whatever call id, gives the same event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts import ContractError, Event, new_event, times
from contracts.ids import derived_id

PRODUCER = "webhooks"
PAYMENT_PROVIDER = "payment_provider"
CARRIER = "carrier"


class UntranslatableError(Exception):
    """The call cannot be translated into an event; `field` is the path in the body."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field} {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Translation:
    """How one type of call becomes an event: `identity` has the fields that identify duplicate calls, `moment` is the
    field with the time."""

    event_type: str
    identity: tuple[str, ...]
    fields: tuple[str, ...]
    moment: str | None = None


def _term_translation(event_type: str) -> Translation:
    return Translation(event_type, identity=("order_id", "payment_due_at"), fields=("order_id", "payment_due_at"))


TRANSLATIONS: Mapping[tuple[str, str], Translation] = {
    (PAYMENT_PROVIDER, "payment.captured"): Translation(
        "PaymentCaptured",
        identity=("payment_id", "amount", "currency"),
        fields=("order_id", "payment_id", "amount", "currency", "captured_at"),
        moment="captured_at",
    ),
    (PAYMENT_PROVIDER, "payment.declined"): Translation(
        "PaymentDeclined", identity=("payment_id",), fields=("order_id", "payment_id", "reason")
    ),
    (PAYMENT_PROVIDER, "payment.voided"): _term_translation("PaymentVoided"),
    (PAYMENT_PROVIDER, "payment.unknown"): _term_translation("PaymentUnknown"),
    (PAYMENT_PROVIDER, "refund.completed"): Translation(
        "RefundCompleted",
        identity=("refund_id", "amount", "currency"),
        fields=("order_id", "refund_id", "payment_id", "amount", "currency", "completed_at"),
        moment="completed_at",
    ),
    (CARRIER, "shipment.delivered"): Translation(
        "OrderDelivered",
        identity=("shipment_id",),
        fields=("order_id", "shipment_id", "delivered_at"),
        moment="delivered_at",
    ),
}


def translate(caller: str, call: Any, correlation_id: str) -> Event:
    """Return the event for `call`.

    Raises:
        UntranslatableError: the call is malformed, is not of a type that this caller may use, or its data violates
            the event's contract."""
    if not isinstance(call, Mapping):
        raise UntranslatableError("body", "must be an object")
    if not isinstance(call.get("id"), str):
        raise UntranslatableError("id", "must be a string")
    kind, data = call.get("type"), call.get("data")
    translation = TRANSLATIONS.get((caller, kind)) if isinstance(kind, str) else None
    if translation is None or not isinstance(kind, str):
        types = ", ".join(name for sender, name in TRANSLATIONS if sender == caller)
        raise UntranslatableError("type", f"must be one of {types}")
    if not isinstance(data, Mapping):
        raise UntranslatableError("data", "must be an object")
    values = {name: data[name] for name in translation.fields if name in data}
    occurred_at = None
    if translation.moment and translation.moment in values:
        values[translation.moment] = occurred_at = _in_utc(values[translation.moment], f"data.{translation.moment}")
    try:
        event = new_event(
            translation.event_type, values, producer=PRODUCER, correlation_id=correlation_id, occurred_at=occurred_at
        )
    except ContractError as error:
        raise UntranslatableError(error.field, error.reason) from None
    # The event's validation has shown that these are valid parts of a derived id.
    event["metadata"]["event_id"] = derived_id(caller, kind, *(str(values[name]) for name in translation.identity))
    return event


def _in_utc(text: object, field: str) -> str:
    """Convert an RFC 3339 time with any offset and precision to the format of events."""
    try:
        if isinstance(text, str):
            return times.to_text(times.from_rfc3339(text))
    except ValueError:
        pass
    raise UntranslatableError(field, "must be an RFC 3339 time with its offset")
