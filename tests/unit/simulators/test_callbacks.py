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


def test_delivered_bytes_are_the_signed_ones_when_a_call_arrives(start: Start, receiver: Receiver) -> None:
    sender = start()
    sender.configure(receiver.url, SECRET)

    sender.send(CALL, 0.0)
    eventually(lambda: sender.pending() == 0)

    (received,) = receiver.requests()
    timestamp, signature = received.headers["x-signature-timestamp"], received.headers["x-signature"]
    assert verify([SECRET], timestamp, signature, received.body.encode(), time.time()) is Verdict.VALID
    assert received.headers["content-type"] == "application/json"
    assert receiver.documents() == [CALL]


def test_proxy_is_passed_over_when_one_is_set(
    start: Start, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    sender = start()
    sender.configure(receiver.url, SECRET)

    sender.send(CALL, 0.0)
    eventually(lambda: sender.pending() == 0)

    assert len(receiver.requests()) == 1


def test_call_waits_when_nobody_has_said_where_it_goes(start: Start, receiver: Receiver) -> None:
    sender = start()

    sender.send(CALL, 0.0)
    waiting = sender.pending()
    sender.configure(receiver.url, SECRET)
    eventually(lambda: sender.pending() == 0)

    assert waiting == 1
    assert receiver.documents() == [CALL]


def test_calls_come_by_their_delay_when_they_were_sent_in_another_order(start: Start, receiver: Receiver) -> None:
    sender = start()
    sender.configure(receiver.url, SECRET)

    sender.send({**CALL, "id": "late"}, 1.0)
    sender.send({**CALL, "id": "soon"}, 0.0)
    eventually(lambda: sender.pending() == 0)

    assert [call["id"] for call in receiver.documents()] == ["soon", "late"]


def test_call_is_made_again_when_it_was_refused(start: Start, receiver: Receiver) -> None:
    receiver.statuses = [503, 401, 500]
    sender = start()
    sender.configure(receiver.url, SECRET)

    sender.send(CALL, 0.0)
    eventually(lambda: sender.pending() == 0)

    assert receiver.documents() == [CALL] * 4
    assert sender.given_up == []


def test_call_is_given_up_when_it_was_refused_for_the_last_time(start: Start, receiver: Receiver) -> None:
    receiver.statuses = [422] * (ATTEMPTS + 5)
    sender = start()
    sender.configure(receiver.url, SECRET)

    sender.send(CALL, 0.0)
    eventually(lambda: sender.pending() == 0)

    assert len(receiver.requests()) == ATTEMPTS
    assert sender.given_up == [CALL]


def test_undelivered_call_is_made_when_the_simulator_starts_again(start: Start, receiver: Receiver) -> None:
    before = start()
    before.configure(receiver.url, SECRET)
    before.send({**CALL, "id": "delivered"}, 0.0)
    eventually(lambda: before.pending() == 0)
    before.send({**CALL, "id": "under way"}, 60.0)
    before.close()

    after = start()
    after.configure(receiver.url, SECRET)
    eventually(lambda: after.pending() == 0)

    assert [call["id"] for call in receiver.documents()] == ["delivered", "under way"]
