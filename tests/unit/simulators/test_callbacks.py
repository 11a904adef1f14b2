"""Calls back: signed as the webhooks API wants it, repeated until they are taken, kept over a restart."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulators import callbacks
from simulators.callbacks import ATTEMPTS, Callbacks
from simulators.journal import Journal
from tests.support.receiver import Receiver
from tests.unit.simulators.conftest import SECRET, eventually
from webhooks.verify import Verdict, verify

CALL: dict[str, Any] = {"id": "call_1", "type": "payment.captured", "data": {"order_id": "ord_1", "name": "Größe"}}

type Start = Callable[[], Callbacks]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts the sender of calls on one book, again and again; retries come at once."""
    monkeypatch.setattr(callbacks, "RETRY_SECONDS", 0.01)
    started: list[Callbacks] = []

    def started_on_book() -> Callbacks:
        started.append(Callbacks(Journal(tmp_path / "book.jsonl")))
        return started[-1]

    yield started_on_book
    for each in started:
        each.close()


def delivered(start: Start, receiver: Receiver, **delays: float) -> Callbacks:
    """The sender after it has made these calls, each after its delay."""
    sender = start()
    sender.configure(receiver.url, SECRET)
    for name, delay in delays.items():
        sender.send({**CALL, "id": name}, delay)
    eventually(lambda: sender.pending() == 0)
    return sender


def made(receiver: Receiver) -> list[str]:
    return [call["id"] for call in receiver.documents()]


def test_delivered_bytes_are_the_signed_ones_when_a_call_arrives(start: Start, receiver: Receiver) -> None:
    delivered(start, receiver, call_1=0.0)

    (received,) = receiver.requests()
    timestamp, signature = received.headers["x-signature-timestamp"], received.headers["x-signature"]
    assert verify([SECRET], timestamp, signature, received.body.encode(), time.time()) is Verdict.VALID
    assert received.headers["content-type"] == "application/json"
    assert receiver.documents() == [CALL]


def test_proxy_is_ignored_when_one_is_set(start: Start, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    delivered(start, receiver, once=0.0)

    assert made(receiver) == ["once"]


def test_callback_waits_when_no_address_is_configured(start: Start, receiver: Receiver) -> None:
    sender = start()

    sender.send(CALL, 0.0)
    waiting = sender.pending()
    sender.configure(receiver.url, SECRET)
    eventually(lambda: sender.pending() == 0)

    assert waiting == 1
    assert receiver.documents() == [CALL]


def test_calls_arrive_by_their_delay(start: Start, receiver: Receiver) -> None:
    delivered(start, receiver, late=1.0, soon=0.0)

    assert made(receiver) == ["soon", "late"]


@pytest.mark.parametrize(
    ("statuses", "calls", "given_up"), [([503, 401, 500], 4, []), ([422] * (ATTEMPTS + 5), ATTEMPTS, ["once"])]
)
def test_refused_call_is_repeated_until_it_is_taken_or_given_up(
    start: Start, receiver: Receiver, statuses: list[int], calls: int, given_up: list[str]
) -> None:
    receiver.statuses = statuses

    sender = delivered(start, receiver, once=0.0)

    assert made(receiver) == ["once"] * calls
    assert [call["id"] for call in sender.given_up] == given_up


def test_undelivered_call_is_made_when_the_simulator_starts_again(start: Start, receiver: Receiver) -> None:
    before = delivered(start, receiver, delivered=0.0)
    before.send({**CALL, "id": "under way"}, 60.0)
    before.close()

    delivered(start, receiver)

    assert made(receiver) == ["delivered", "under way"]
