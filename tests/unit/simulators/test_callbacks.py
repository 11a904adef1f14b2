"""Webhook calls of the simulators are signed, repeated until they are accepted, and not lost in a restart."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators import callbacks
from simulators.callbacks import MAX_ATTEMPTS, Callbacks
from simulators.journal import Journal
from tests.support.receiver import Receiver
from tests.unit.simulators.conftest import SECRET, wait_until
from webhooks.verify import Verdict, verify

CALL: dict[str, Any] = {"id": "call_1", "type": "payment.captured", "data": {"order_id": "ord_1", "name": "Größe"}}

type StartSender = Callable[[], Callbacks]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartSender]:
    """A function that starts or restarts the sender with the same journal, without delays between retries."""
    monkeypatch.setattr(callbacks, "RETRY_SECONDS", 0.01)
    senders: list[Callbacks] = []

    def start_sender() -> Callbacks:
        senders.append(Callbacks(Journal(tmp_path / "book.jsonl")))
        return senders[-1]

    yield start_sender
    for sender in senders:
        sender.close()


def send_calls(start: StartSender, receiver: Receiver, **delays: float) -> Callbacks:
    """Return the sender after it has made the given calls, each after its delay."""
    sender = start()
    sender.configure(receiver.url, SECRET)
    for name, delay in delays.items():
        sender.send({**CALL, "id": name}, delay)
    wait_until(lambda: sender.pending() == 0)
    return sender


def received_ids(receiver: Receiver) -> list[str]:
    return [call["id"] for call in receiver.documents()]


def test_signature_covers_the_delivered_bytes(start: StartSender, receiver: Receiver) -> None:
    send_calls(start, receiver, call_1=0.0)

    (request,) = receiver.requests()
    timestamp, signature = request.headers["x-signature-timestamp"], request.headers["x-signature"]
    assert verify([SECRET], timestamp, signature, request.body.encode(), time.time()) is Verdict.VALID
    assert request.headers["content-type"] == "application/json"
    assert receiver.documents() == [CALL]


def test_proxy_settings_are_ignored(start: StartSender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    send_calls(start, receiver, once=0.0)

    assert received_ids(receiver) == ["once"]


def test_callback_waits_until_an_address_is_configured(start: StartSender, receiver: Receiver) -> None:
    sender = start()

    sender.send(CALL, 0.0)
    pending_count = sender.pending()
    sender.configure(receiver.url, SECRET)
    wait_until(lambda: sender.pending() == 0)

    assert pending_count == 1
    assert receiver.documents() == [CALL]


def test_calls_arrive_in_the_order_of_their_delays(start: StartSender, receiver: Receiver) -> None:
    send_calls(start, receiver, late=1.0, soon=0.0)

    assert received_ids(receiver) == ["soon", "late"]


@pytest.mark.parametrize(
    ("statuses", "count", "given_up_ids"), [([503, 401, 500], 4, []), ([422] * 99, MAX_ATTEMPTS, ["once"])]
)
def test_rejected_call_is_repeated_until_it_is_accepted_or_abandoned(
    start: StartSender, receiver: Receiver, statuses: list[int], count: int, given_up_ids: list[str]
) -> None:
    receiver.statuses = statuses

    sender = send_calls(start, receiver, once=0.0)

    assert received_ids(receiver) == ["once"] * count
    assert [call["id"] for call in sender.given_up] == given_up_ids


def test_undelivered_call_is_made_after_a_restart(start: StartSender, receiver: Receiver) -> None:
    sender = send_calls(start, receiver, delivered=0.0)
    sender.send({**CALL, "id": "under way"}, 60.0)
    sender.close()

    send_calls(start, receiver)

    assert received_ids(receiver) == ["delivered", "under way"]
