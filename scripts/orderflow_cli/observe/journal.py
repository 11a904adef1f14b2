"""The journal of a local cloud's events and of the log lines about them, in a file in the cloud's folder. The studio
process, which runs as long as the cloud, fills the journal from an event queue and the logs; `trace` reads it too."""

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.observe import events
from orderflow_cli.observe.events import Event
from orderflow_cli.observe.failures import TraceStep

MAX_EVENTS, MAX_STEPS = 100_000, 300_000
"""Maximum numbers of events and steps in the journal. Older events and steps are deleted, but not their counts."""

_COUNT_RETENTION_MINUTES = 24 * 60  # older counts are added up as minute 0, so that the totals stay complete
_SCHEMA = """
create table if not exists events (number integer primary key, key text unique, id text, at real, order_id text,
  carrier text, text text);
create index if not exists events_of_order on events (order_id);
create index if not exists events_by_id on events (id);
create table if not exists steps (function text, event_id text, at real, message text, failed integer,
  unique (function, event_id, at, message));
create index if not exists steps_by_time on steps (at);
create table if not exists counts (hop text, minute integer, number integer, primary key (hop, minute));
"""


class Journal:
    """A journal with counts by hop and minute; examples of hops are `bus`, `from storefront_api` and `to intake`."""

    def __init__(self, file: Path, bus: str = "") -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._bus = bus
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, timeout=10, check_same_thread=False, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = off")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def add_event(self, event: Event, hops: Iterable[str]) -> int | None:
        """Add an event, count it for `hops` and return its number; None if the journal already has it."""
        at = event.at.timestamp()
        key = hashlib.sha256(event.text.encode()).hexdigest()
        values = (key, event.id, at, event.order_id, event.carrier, event.text)
        with self._transaction() as connection:
            statement = "insert or ignore into events (key, id, at, order_id, carrier, text) values (?, ?, ?, ?, ?, ?)"
            cursor = connection.execute(statement, values)
            if not cursor.rowcount:
                return None
            self._count_hops(connection, hops, at)
            connection.execute("delete from events where number <= ?", ((cursor.lastrowid or 0) - MAX_EVENTS,))
            return cursor.lastrowid

    def add_steps(self, steps: Iterable[TraceStep]) -> list[TraceStep]:
        """Add log lines about events, and return the lines that are new to the journal."""
        new_steps = []
        with self._transaction() as connection:
            for one in steps:
                values = (one.where, str(one.details.get("event_id", "")), one.at.timestamp(), one.message, one.failed)
                if not connection.execute("insert or ignore into steps values (?, ?, ?, ?, ?)", values).rowcount:
                    continue
                self._count_hops(connection, [f"{'failed in' if one.failed else 'by'} {one.where}"], one.at.timestamp())
                new_steps.append(one)
            if new_steps:
                connection.execute("delete from steps where rowid <= (select max(rowid) from steps) - ?", (MAX_STEPS,))
                limit = int(new_steps[-1].at.timestamp()) // 60 - _COUNT_RETENTION_MINUTES
                connection.execute(
                    "insert into counts select hop, 0, sum(number) from counts where minute between 1 and ? group by "
                    "hop on conflict do update set number = number + excluded.number",
                    (limit,),
                )
                connection.execute("delete from counts where minute between 1 and ?", (limit,))
        return new_steps

    def totals(self) -> dict[str, int]:
        return dict(self._rows("select hop, sum(number) from counts group by hop"))

    def counts_per_minute(self, since: datetime) -> list[tuple[str, int, int]]:
        """Return (hop, minutes since 1970, number of events or log lines) for each hop and minute that has any."""
        return self._rows("select * from counts where minute >= ?", int(since.timestamp()) // 60)

    def find_order_events(self, order_id: str) -> list[tuple[int, Event]]:
        """Return the events of an order with their numbers, oldest first."""
        rows = self._rows("select number, at, text from events where order_id = ? order by at, number", order_id)
        return [(number, event) for number, at, text in rows if (event := self._parse_event(at, text))]

    def event(self, number: int) -> Event | None:
        rows = self._rows("select at, text from events where number = ?", number)
        return self._parse_event(*rows[0]) if rows else None

    def _parse_event(self, at: float, text: str) -> Event | None:
        event = events.parse(text, self._bus)
        return replace(event, at=datetime.fromtimestamp(at, UTC)) if event else None

    def latencies(self, since: datetime) -> list[tuple[str, float, float]]:
        """Return the function, handling time and latency since publication of each event, in seconds."""
        return self._rows(
            "select s.function, s.at, max(0, s.at - min(e.at)) from steps s join events e on e.id = s.event_id "
            "where s.at >= ? and not s.failed group by s.function, s.event_id, s.at",
            since.timestamp(),
        )

    def last_handling_times(self, since: datetime) -> dict[str, float]:
        """Return the Unix time at which each function last handled an event."""
        query = "select function, max(at) from steps where at >= ? and not failed group by function"
        return dict(self._rows(query, since.timestamp()))

    def events_per_second(self, since: datetime) -> list[tuple[str, int, int]]:
        """Return (`bus` or `topic`, Unix time in seconds, number of events) for each second with events."""
        return self._rows(
            "select carrier, cast(at as integer), count(*) from events where at >= ? group by 1, 2", since.timestamp()
        )

    def last_step_time(self) -> datetime | None:
        ((at,),) = self._rows("select max(at) from steps")
        return datetime.fromtimestamp(at, UTC) if at else None

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    @staticmethod
    def _count_hops(connection: sqlite3.Connection, hops: Iterable[str], at: float) -> None:
        for hop in hops:
            statement = "insert into counts values (?, ?, 1) on conflict do update set number = number + 1"
            connection.execute(statement, (hop, int(at) // 60))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("begin")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")


def journal_file(local: LocalCloud) -> Path:
    return local.folder / "studio" / "journal.sqlite"


def read_events(order_id: str, bus: str, file: Path) -> Sequence[tuple[int, Event]]:
    """Return the numbered events of an order; none if there is no journal."""
    if not file.exists():
        return ()
    with closing(Journal(file, bus)) as journal:
        return journal.find_order_events(order_id)
