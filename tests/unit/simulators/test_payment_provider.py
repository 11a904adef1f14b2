"""The payment provider simulator: for each scenario, the payments it records and its calls to the webhooks API."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts import validate
from simulators import payment_provider
from simulators.callbacks import Callbacks
from simulators.journal import Journal
from simulators.payment_provider import FAULT_PERCENTAGES, SCENARIOS, PaymentProvider
from tests.support.receiver import Receiver
from tests.unit.simulators.conftest import SECRET, wait_until
from webhooks.translate import PAYMENT_PROVIDER, translate

API_KEY = "key"
ORDER_ID = "ord_" + "a" * 26
DUE_AT = "2026-03-01T10:00:00.000Z"

type StartProvider = Callable[[], PaymentProvider]


@pytest.fixture
def start(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartProvider]:
    """A function that starts or restarts the provider, always with the same journal and receiver."""
    monkeypatch.setattr(payment_provider, "FOLLOW_UP_SECONDS", 0.6)
    providers: list[PaymentProvider] = []

    def start_provider() -> PaymentProvider:
        journal = Journal(tmp_path / "book.jsonl")
        providers.append(PaymentProvider(journal, Callbacks(journal), API_KEY))
        providers[-1].configure({"callback_url": receiver.url, "secret": SECRET}, {})
        return providers[-1]

    yield start_provider
    for provider in providers:
        provider.callbacks.close()


@pytest.fixture
def provider(start: StartProvider) -> PaymentProvider:
    return start()


def headers(key: str) -> dict[str, str]:
    return {"x-api-key": API_KEY, "idempotency-key": key}


def pay(provider: PaymentProvider, scenario: str | None = None, order_id: str = ORDER_ID) -> dict[str, Any]:
    if scenario:
        provider.set_scenarios({order_id: scenario}, {})
    body = {"order_id": order_id, "amount": 1_998, "currency": "EUR", "payment_due_at": DUE_AT}
    status, response = provider.pay(body, headers(f"key-{order_id}"))
    assert status == 200
    return dict(response)


def journal_entries(provider: PaymentProvider, kind: str) -> list[dict[str, Any]]:
    return [entry for entry in provider.book({}, {})[1]["entries"] if entry["kind"] == kind]


def wait_until_idle(provider: PaymentProvider) -> None:
    wait_until(lambda: provider.book({}, {})[1]["pending_callbacks"] == 0)


def translated_events(receiver: Receiver) -> list[Any]:
    """Return the received calls as events, each valid under its contract."""
    events = [translate(PAYMENT_PROVIDER, call, "corr-1") for call in receiver.documents()]
    for event in events:
        validate(event)
    return events


def test_payment_is_recorded_once_when_its_key_is_repeated(provider: PaymentProvider) -> None:
    first, second = pay(provider, "capture"), pay(provider, "decline")
    wait_until_idle(provider)

    assert first == second
    assert len(journal_entries(provider, "payment")) == len(journal_entries(provider, "capture")) == 1
    assert provider.book({}, {})[1]["calls"] == {f"key-{ORDER_ID}": 2}


@pytest.mark.parametrize("keys", [{}, {"x-api-key": "other", "idempotency-key": "k"}, {"x-api-key": API_KEY}])
@pytest.mark.parametrize("route", ["pay", "void", "refund"])
def test_request_without_valid_keys_is_rejected(provider: PaymentProvider, route: str, keys: dict[str, str]) -> None:
    status, _ = getattr(provider, route)({"order_id": ORDER_ID, "amount": 1, "currency": "EUR"}, keys)

    assert status == 401
    assert provider.book({}, {})[1]["entries"] == []


CAPTURED_AMOUNT = (1_998, "EUR")


@pytest.mark.parametrize(
    ("scenario", "amounts", "event_types"),
    [
        ("capture", [CAPTURED_AMOUNT], ["PaymentCaptured"]),
        ("twice", [CAPTURED_AMOUNT], ["PaymentCaptured"]),
        ("double", [CAPTURED_AMOUNT, CAPTURED_AMOUNT], ["PaymentCaptured"] * 2),
        ("decline", [], ["PaymentDeclined"]),
        ("silent", [], []),
        ("second_card", [CAPTURED_AMOUNT], ["PaymentDeclined", "PaymentCaptured"]),
        ("wrong_amount", [(1_997, "EUR"), CAPTURED_AMOUNT], ["PaymentCaptured"] * 2),
        ("other_currency", [(1_998, "XXX"), CAPTURED_AMOUNT], ["PaymentCaptured"] * 2),
    ],
)
def test_scenario_determines_captures_and_callbacks(
    provider: PaymentProvider, receiver: Receiver, scenario: str, amounts: list[tuple[int, str]], event_types: list[str]
) -> None:
    response = pay(provider, scenario)
    wait_until_idle(provider)

    captures = journal_entries(provider, "capture")
    assert [(entry["amount"], entry["currency"]) for entry in captures] == amounts
    assert len({entry["payment_id"] for entry in captures}) == len(amounts)
    events = {event["metadata"]["event_id"]: event for event in translated_events(receiver)}
    assert sorted(event["metadata"]["event_type"] for event in events.values()) == sorted(event_types)
    assert len(receiver.documents()) == len(event_types) * (2 if scenario == "twice" else 1)
    if len(captures) == 1:
        (event,) = [each for each in events.values() if each["metadata"]["event_type"] == "PaymentCaptured"]
        assert event["data"]["payment_id"] == captures[0]["payment_id"]
        assert (event["data"]["amount"], event["data"]["currency"]) == CAPTURED_AMOUNT
        assert response["payment_id"] == captures[0]["payment_id"] or scenario == "second_card"


def test_held_payment_is_captured_once_after_its_release(provider: PaymentProvider, receiver: Receiver) -> None:
    pay(provider, "held")
    captures_before = journal_entries(provider, "capture")
    first_release = provider.release({"order_id": ORDER_ID}, {})
    second_release = provider.release({"order_id": ORDER_ID}, {})
    wait_until_idle(provider)

    assert captures_before == []
    assert (first_release[0], second_release[0]) == (200, 404)
    assert [entry["payment_id"] for entry in journal_entries(provider, "capture")] == [first_release[1]["released"]]
    assert {event["metadata"]["event_type"] for event in translated_events(receiver)} == {"PaymentCaptured"}


def test_held_payment_can_be_released_after_a_restart(start: StartProvider) -> None:
    first_provider = start()
    pay(first_provider, "held", "held-order")
    pay(first_provider, "held", "released-order")
    first_provider.release({"order_id": "released-order"}, {})
    first_provider.callbacks.close()

    restarted_provider = start()

    assert restarted_provider.release({"order_id": "held-order"}, {})[0] == 200
    assert restarted_provider.release({"order_id": "released-order"}, {})[0] == 404
    assert len(journal_entries(restarted_provider, "capture")) == 2


def test_repeated_refund_is_recorded_once_and_keeps_its_event_id(provider: PaymentProvider, receiver: Receiver) -> None:
    refund_id = "rfd_" + "b" * 26
    payment_id = pay(provider, "capture")["payment_id"]
    body = {"order_id": ORDER_ID, "refund_id": refund_id, "payment_id": payment_id, "amount": 1_998, "currency": "EUR"}

    responses = [provider.refund(body, headers("refund-1")) for _ in range(2)]
    wait_until_idle(provider)

    assert responses == [(200, {"refund_id": refund_id, "state": "pending"})] * 2
    (entry,) = journal_entries(provider, "refund")
    assert {name: entry[name] for name in body} == body
    events = [event for event in translated_events(receiver) if event["metadata"]["event_type"] != "PaymentCaptured"]
    assert {event["metadata"]["event_type"] for event in events} == {"RefundCompleted"}
    assert len({event["metadata"]["event_id"] for event in events}) == 1
    assert events[0]["data"]["refund_id"] == refund_id


def void(provider: PaymentProvider, due_at: str = DUE_AT) -> None:
    assert provider.void({"order_id": ORDER_ID, "payment_due_at": due_at}, headers("void"))[0] == 200
    wait_until_idle(provider)


def received_call_types(receiver: Receiver) -> list[str]:
    return [call["type"] for call in receiver.documents()]


@pytest.mark.parametrize(
    ("scenario", "call_types"),
    [
        ("silent", ["payment.voided"]),
        (None, ["payment.unknown"]),
        ("capture", ["payment.captured"] * 2),
        ("crossing", ["payment.voided", "payment.captured"]),
        ("mute", []),
    ],
)
def test_void_reports_the_outcome_of_the_payment(
    provider: PaymentProvider, receiver: Receiver, scenario: str | None, call_types: list[str]
) -> None:
    if scenario:
        pay(provider, scenario)
    if scenario == "capture":
        wait_until_idle(provider)

    void(provider)

    assert received_call_types(receiver) == call_types
    assert all(call["data"]["order_id"] == ORDER_ID for call in receiver.documents())


@pytest.mark.parametrize("scenario", ["silent", None])
def test_voided_payment_is_never_captured(provider: PaymentProvider, receiver: Receiver, scenario: str | None) -> None:
    if scenario:
        pay(provider, scenario)
    void(provider)
    first_call = receiver.documents()[0]

    pay(provider, "capture")
    void(provider)

    void(provider, "2026-03-09T10:00:00.000Z")

    assert set(received_call_types(receiver)) == {first_call["type"]}
    assert journal_entries(provider, "capture") == []
    assert first_call["data"] == {"order_id": ORDER_ID, "payment_due_at": DUE_AT}


def test_payment_is_captured_after_the_void_of_an_earlier_term(provider: PaymentProvider, receiver: Receiver) -> None:
    void(provider, "2026-03-01T09:30:00.000Z")

    pay(provider, "capture")
    wait_until_idle(provider)

    assert received_call_types(receiver) == ["payment.unknown", "payment.captured"]


def test_unknown_scenario_is_rejected(provider: PaymentProvider) -> None:
    with pytest.raises(ValueError, match=r"each scenario must be one of capture, .*; got miracle"):
        provider.set_scenarios({ORDER_ID: "miracle", "other": "capture"}, {})


def test_drawn_scenarios_depend_only_on_the_seed(start: StartProvider) -> None:
    def draw(seed: int, prefix: str) -> list[str]:
        orders = [f"{prefix}-{number}" for number in range(300)]
        scenarios = start().draw_scenarios({"seed": seed, "orders": orders}, {})[1]["scenarios"]
        return [scenarios[order_id] for order_id in orders]

    first, second, third = draw(7, "a"), draw(7, "b"), draw(8, "c")

    assert first == second != third
    assert set(first) == {"capture", *FAULT_PERCENTAGES}
    assert FAULT_PERCENTAGES.keys() <= SCENARIOS.keys()


def test_some_calls_are_repeated_after_scenarios_are_drawn(provider: PaymentProvider, receiver: Receiver) -> None:
    orders = [f"ord_{number}" for number in range(60)]
    provider.draw_scenarios({"seed": 1, "orders": orders}, {})

    for order_id in orders:
        pay(provider, "capture", order_id)
    wait_until_idle(provider)

    call_counts = Counter(call["data"]["order_id"] for call in receiver.documents())
    assert set(call_counts.values()) == {1, 2}
    assert len(journal_entries(provider, "capture")) == 60
