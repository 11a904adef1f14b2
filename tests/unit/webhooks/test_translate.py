"""Every type of call becomes an event, whose id is the same for a repeated call."""

from typing import Any

import pytest

from contracts import validate
from tests.unit.webhooks.doubles import EXAMPLES, example
from webhooks.translate import CARRIER, PAYMENT_PROVIDER, TRANSLATIONS, UntranslatableError, translate

CALLERS = {kind: caller for caller, kind in TRANSLATIONS}


def test_every_call_type_has_an_example() -> None:
    assert set(EXAMPLES) == set(CALLERS)


@pytest.mark.parametrize("kind", CALLERS)
def test_example_is_translated_into_its_event(kind: str) -> None:
    caller = CALLERS[kind]

    event = translate(caller, example(kind), "corr-1")

    validate(event, TRANSLATIONS[caller, kind].event_type)
    assert event["metadata"]["producer"] == "webhooks"
    assert event["metadata"]["correlation_id"] == "corr-1"
    assert event["data"]["order_id"] == EXAMPLES[kind]["data"]["order_id"]


@pytest.mark.parametrize(
    "time", ["2026-03-01T10:30:00+01:00", "2026-03-01t09:30:00z", "2026-03-01T09:30:00.0004-00:00"]
)
def test_time_is_converted_to_the_format_of_events(time: str) -> None:
    event = translate(PAYMENT_PROVIDER, example("payment.captured", captured_at=time), "c")

    assert event["data"]["captured_at"] == "2026-03-01T09:30:00.000Z"
    assert event["metadata"]["occurred_at"] == "2026-03-01T09:30:00.000Z"


@pytest.mark.parametrize("kind", CALLERS)
def test_repeated_call_with_another_id_gives_the_same_event_id(kind: str) -> None:
    first = translate(CALLERS[kind], example(kind), "c-1")
    second = translate(CALLERS[kind], {**example(kind), "id": "another"}, "c-2")

    assert first["metadata"]["event_id"] == second["metadata"]["event_id"]


def test_calls_of_another_type_or_payment_give_different_events() -> None:
    event_ids = {
        translate(PAYMENT_PROVIDER, call, "c")["metadata"]["event_id"]
        for call in (
            example("payment.captured", payment_id="pay-1"),
            example("payment.captured", payment_id="pay-2"),
            example("payment.declined", payment_id="pay-1"),
            example("refund.completed", payment_id="pay-1"),
        )
    }

    assert len(event_ids) == 4


CAPTURE_TYPE = "payment.captured"
UNTRANSLATABLE_CALLS: dict[str, tuple[Any, str]] = {
    "a list": ([], "body"),
    "nothing": (None, "body"),
    "no id": ({"type": CAPTURE_TYPE, "data": {}}, "id"),
    "no type": ({"id": "1", "data": {}}, "type"),
    "type as list": ({"id": "1", "type": [], "data": {}}, "type"),
    "unknown type": ({"id": "1", "type": "payment.disputed", "data": {}}, "type"),
    "type of the carrier": (example("shipment.delivered"), "type"),
    "no data": ({"id": "1", "type": CAPTURE_TYPE}, "data"),
    "data as text": ({"id": "1", "type": CAPTURE_TYPE, "data": "x"}, "data"),
    "no order": (example(CAPTURE_TYPE, order_id=None), "data.order_id"),
    "order id of another form": (example(CAPTURE_TYPE, order_id="4711"), "data.order_id"),
    "no payment": (example(CAPTURE_TYPE, payment_id=None), "data.payment_id"),
    "empty payment": (example(CAPTURE_TYPE, payment_id=""), "data.payment_id"),
    "payment with separator": (example(CAPTURE_TYPE, payment_id="a\x1fb"), "data.payment_id"),
    "payment as number": (example(CAPTURE_TYPE, payment_id=7), "data.payment_id"),
    "negative amount": (example(CAPTURE_TYPE, amount=-1), "data.amount"),
    "amount with cents": (example(CAPTURE_TYPE, amount=37.8), "data.amount"),
    "amount as text": (example(CAPTURE_TYPE, amount="37.80"), "data.amount"),
    "currency in words": (example(CAPTURE_TYPE, currency="Euro"), "data.currency"),
    "no time": (example(CAPTURE_TYPE, captured_at=None), "data.captured_at"),
    "time as number": (example(CAPTURE_TYPE, captured_at=1_772_361_000), "data.captured_at"),
    "time without offset": (example(CAPTURE_TYPE, captured_at="2026-03-01T09:30:00"), "data.captured_at"),
    "date only": (example(CAPTURE_TYPE, captured_at="2026-03-01"), "data.captured_at"),
    "impossible date": (example(CAPTURE_TYPE, captured_at="2026-02-30T09:30:00Z"), "data.captured_at"),
    "time before time": (example(CAPTURE_TYPE, captured_at="0001-01-01T00:00:00+14:00"), "data.captured_at"),
    "reason in prose": (example("payment.declined", reason="Not enough money!"), "data.reason"),
}


@pytest.mark.parametrize(("call", "field"), UNTRANSLATABLE_CALLS.values(), ids=UNTRANSLATABLE_CALLS.keys())
def test_untranslatable_call_is_rejected_with_the_field(call: Any, field: str) -> None:
    with pytest.raises(UntranslatableError) as error_info:
        translate(PAYMENT_PROVIDER, call, "c")

    assert error_info.value.field == field


def test_error_lists_the_call_types_of_the_caller() -> None:
    with pytest.raises(UntranslatableError, match=r"must be one of shipment\.delivered$"):
        translate(CARRIER, example(CAPTURE_TYPE), "c")
