"""The journal stores events and their handling, counts them by hop and minute, and has a limited size."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orderflow_cli.observe import events, journal
from orderflow_cli.observe.failures import TraceStep
from orderflow_cli.observe.journal import Journal

NOW = datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=UTC)
ORDER_ID = "ord_" + "a" * 26


def event(number: int, order_id: str = ORDER_ID) -> events.Event:
    metadata = {"event_id": f"event-{number}", "event_type": "OrderPlaced"}
    envelope = {"id": f"envelope-{number}", "detail-type": "OrderPlaced", "source": "s", "time": "2026-03-01T09:30:00Z"}
    detail = {"metadata": metadata, "data": {"order_id": order_id}}
    parsed_event = events.parse(json.dumps({**envelope, "detail": detail}), "orders")
    assert parsed_event is not None
    return parsed_event


def step(number: int, seconds: float, *, failed: bool = False) -> TraceStep:
    return TraceStep(NOW + timedelta(0, seconds), "recorder", "Done", {"event_id": f"event-{number}"}, failed=failed)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db", "orders")) as open_journal:
        yield open_journal


def test_duplicate_is_stored_and_counted_once(store: Journal) -> None:
    assert [store.add_event(event(number), ["bus", "to intake"]) for number in (1, 2, 1)] == [1, 2, None]
    assert [len(store.add_steps([step(1, 0.5), step(1, 0.5)])), len(store.add_steps([step(1, 0.5)]))] == [1, 0]

    assert store.totals() == {"bus": 2, "to intake": 2, "by recorder": 1}


def test_events_of_an_order_are_found_with_their_numbers(store: Journal, tmp_path: Path) -> None:
    for number, order_id in enumerate((ORDER_ID, "ord_" + "b" * 26, ORDER_ID), 1):
        store.add_event(event(number, order_id), [])

    assert [(number, one.id) for number, one in store.find_order_events(ORDER_ID)] == [(1, "event-1"), (3, "event-3")]
    assert journal.read_events(ORDER_ID, "orders", tmp_path / "journal.db") == store.find_order_events(ORDER_ID)
    assert journal.read_events(ORDER_ID, "orders", tmp_path / "none.db") == ()
    stored_event = store.event(2)
    assert stored_event.text == event(2, "ord_" + "b" * 26).text
    assert store.event(4) is None


def test_latency_is_measured_only_for_handled_events(store: Journal) -> None:
    store.add_event(event(1), [])
    event_time = store.find_order_events(ORDER_ID)[0][1].at
    store.add_steps([step(1, 0.5), step(1, 0.7, failed=True), step(9, 0.5)])

    assert store.last_handling_times(step(1, 0.5).at) == {"recorder": step(1, 0.5).at.timestamp()}
    ((function, handled_at, seconds),) = store.latencies(NOW - timedelta(minutes=1))
    assert (function, seconds) == ("recorder", pytest.approx(handled_at - event_time.timestamp()))


def test_old_events_are_removed_and_counts_kept(
    store: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MAX_EVENTS", 3)
    monkeypatch.setattr(journal, "MAX_STEPS", 5)
    for number in range(1_000):
        store.add_event(event(number), ["bus"])
        store.add_steps([step(number, number * 3_600.0), step(number, number * 3_600.0 + 1, failed=True)])

    assert [number for number, _ in store.find_order_events(ORDER_ID)] == [998, 999, 1_000]
    assert store.totals() == {"bus": 1_000, "by recorder": 1_000, "failed in recorder": 1_000}
    assert len(store.counts_per_minute(NOW)) <= 3 + 2 * 25
    with closing(sqlite3.connect(tmp_path / "journal.db")) as file:
        assert file.execute("select count(*) from steps").fetchone() == (5,)
