"""The standalone producer translates a marketplace order into a valid event, or rejects it with a reason."""

import json
from typing import Any

import pytest

from common.errors import PermanentError
from contracts import ids, times
from marketplace_orders.translate import translate_order
from tests.support.events import ADDRESS

ORDER: dict[str, Any] = {
    "number": "M-1001",
    "buyer": "b-77",
    "ordered_at": "2026-03-02T08:15:30.120Z",
    "currency": "EUR",
    "items": [
        {"sku": "MUG-01", "title": "Mug", "count": 2, "price": 1250},
        {"sku": "TEE-BLACK-M", "title": "T-shirt black, M", "count": 1, "price": 1990},
    ],
    "ship_to": dict(ADDRESS),
}


@pytest.fixture(autouse=True)
def _fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "utc_now", lambda: times.to_datetime("2026-03-02T12:00:00.000Z"))


def text(**changes: Any) -> str:
    return json.dumps({**ORDER, **changes})


def test_marketplace_order_becomes_a_partner_order() -> None:
    event = translate_order(text())

    assert event["metadata"]["producer"] == "partner"
    data = event["data"]
    assert (data["channel"], data["customer_id"]) == ("partner", "marketplace:b-77")
    assert data["order_id"] == ids.order_id("partner", "marketplace", "M-1001")
    assert data["partner"] == {"partner_id": "marketplace", "order_number": "M-1001"}
    assert data["total"] == {"amount": 4490, "currency": "EUR"}


def test_repeated_order_gives_the_same_event() -> None:
    first_event, second_event = translate_order(text()), translate_order(json.dumps(dict(reversed(ORDER.items()))))

    assert first_event == second_event


def test_unknown_fields_are_ignored() -> None:
    longer_text = text(ship_to={**ORDER["ship_to"], "state": "HH"}, rate=1.0832, trace=10**19, paid=10.0, note="\ud83d")

    assert translate_order(longer_text) == translate_order(text())


def test_changed_order_has_the_same_order_id_but_another_event_id() -> None:
    first_event, other_event = translate_order(text()), translate_order(text(buyer="b-78"))

    assert first_event["data"]["order_id"] == other_event["data"]["order_id"]
    assert first_event["metadata"]["event_id"] != other_event["metadata"]["event_id"]
    assert first_event["data"]["request_hash"] != other_event["data"]["request_hash"]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("number=M-1001", "malformed_json"),
        (text()[:-1] + ', "number": "M-1002"}', "malformed_json"),
        *((message, "malformed_order") for message in ("[]", "7", text(number=""), text(items=None))),
        (text(items=[{"sku": "MUG-01"}]), "malformed_order: the field 'title' is missing"),
        (text(items=[]), "invalid_field"),
        (text(items=[{**ORDER["items"][0], "price": "1250"}]), "malformed_order"),
        (text(currency="euro"), "invalid_field"),
        (text(ordered_at="yesterday"), "malformed_order"),
        *((text(items=[{**ORDER["items"][0], "count": count}]), "invalid_field") for count in (-1, True)),
        *((text(items=[{**ORDER["items"][0], "price": price}]), "invalid_field") for price in (12.5, 10**19)),
        (text(ship_to={"name": "Ada Example"}), "missing_field"),
    ],
)
def test_invalid_order_raises_a_permanent_error(message: str, reason: str) -> None:
    with pytest.raises(PermanentError, match=rf"^{reason}\b"):
        translate_order(message)


@pytest.mark.parametrize("time", ["2025-01-01T00:00:00Z", "2026-03-04T00:00:00Z", "2999-01-01T00:00:00Z"])
def test_order_with_an_implausible_time_is_rejected(time: str) -> None:
    with pytest.raises(PermanentError, match="ordered_at_out_of_range"):
        translate_order(text(ordered_at=time))
