"""The carrier simulator: its shipments, and calls that the webhooks API can translate."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts import validate
from simulators import carrier as carrier_module
from simulators.callbacks import Callbacks
from simulators.carrier import Carrier
from simulators.journal import Journal
from tests.support.receiver import Receiver
from tests.unit.simulators.conftest import SECRET, wait_until
from webhooks.translate import CARRIER, translate

ORDER_ID = "ord_" + "a" * 26
SHIPMENT = {"order_id": ORDER_ID, "shipment_id": "ship_1"}
HEADERS = {"x-api-key": "key", "idempotency-key": "ship-key-1"}


@pytest.fixture
def carrier(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Carrier]:
    monkeypatch.setattr(carrier_module, "MAX_DELIVERY_SECONDS", 0.2)
    journal = Journal(tmp_path / "book.jsonl")
    simulator = Carrier(journal, Callbacks(journal), "key")
    simulator.configure({"callback_url": receiver.url, "secret": SECRET}, {})
    yield simulator
    simulator.callbacks.close()


def wait_until_idle(carrier: Carrier) -> None:
    wait_until(lambda: carrier.book({}, {})[1]["pending_callbacks"] == 0)


def test_shipment_is_booked_once_when_its_key_is_repeated(carrier: Carrier, receiver: Receiver) -> None:
    responses = [carrier.ship({**SHIPMENT, "shipment_id": name}, HEADERS) for name in ("ship_1", "ship_2")]
    wait_until_idle(carrier)

    assert responses == [(200, {"shipment_id": "ship_1", "state": "on its way"})] * 2
    shipments = [entry for entry in carrier.book({}, {})[1]["entries"] if entry["kind"] == "shipment"]
    assert [(entry["order_id"], entry["shipment_id"]) for entry in shipments] == [(ORDER_ID, "ship_1")]
    events = [translate(CARRIER, call, "corr-1") for call in receiver.documents()]
    assert {event["metadata"]["event_type"] for event in events} == {"OrderDelivered"}
    assert len({event["metadata"]["event_id"] for event in events}) == 1
    assert events[0]["data"]["shipment_id"] == "ship_1"
    for event in events:
        validate(event)


def test_only_calls_for_selected_orders_are_repeated(
    carrier: Carrier, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier_module, "REPEAT_PROBABILITY", 1.0)
    second_shipment = {"order_id": "ord_" + "b" * 26, "shipment_id": "ship_2"}
    carrier.select_orders_for_faults({"seed": 7, "orders": [ORDER_ID]}, {})

    carrier.ship(SHIPMENT, HEADERS)
    carrier.ship(second_shipment, {**HEADERS, "idempotency-key": "ship-key-2"})
    wait_until_idle(carrier)

    calls = Counter(call["data"]["shipment_id"] for call in receiver.documents())
    assert calls == {"ship_1": 2, "ship_2": 1}


@pytest.mark.parametrize("header", ["x-api-key", "idempotency-key"])
def test_shipment_request_that_lacks_a_key_is_rejected(carrier: Carrier, header: str) -> None:
    status, _ = carrier.ship(SHIPMENT, {name: value for name, value in HEADERS.items() if name != header})

    assert status == 401
    assert carrier.book({}, {})[1]["entries"] == []
