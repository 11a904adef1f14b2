"""Sends the letters of a place back, first sending and then deleting each, at a given rate."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from orderflow_cli import UserError
from orderflow_cli.recovery import times
from orderflow_cli.recovery.buckets import BucketReader
from orderflow_cli.recovery.cloud import Cloud
from orderflow_cli.recovery.letters import Letter
from orderflow_cli.recovery.places import Place
from orderflow_cli.recovery.queues import QueueReader
from orderflow_cli.recovery.receipts import Receipts
from orderflow_cli.recovery.routes import Route, route

if TYPE_CHECKING:
    from collections.abc import Iterator

MAXIMUM_REDRIVES = 3
"""A letter that came back so often is not sent again unless that is forced: its cause is still there."""

FAILURES_IN_A_ROW = 5
"""After so many the target is taken for down, and the rest is left for another run."""


class Reader(Protocol):
    def count(self) -> int: ...

    def letters(self, limit: int | None = None) -> "AbstractContextManager[Iterator[Letter]]": ...

    def remove(self, letter: Letter) -> None: ...


def reader(cloud: Cloud, place: Place) -> Reader:
    if place.is_bucket:
        return BucketReader(cloud.client("s3"), place)
    return QueueReader(cloud.client("sqs"), place)


@dataclass(frozen=True)
class Wanted:
    """Which letters; None means all."""

    reason: str | None = None
    order: str | None = None
    since: datetime | None = None

    def includes(self, letter: Letter) -> bool:
        return (
            (self.reason is None or letter.reason.casefold() == self.reason.casefold())
            and (self.order is None or self.order in letter.orders)
            and (self.since is None or (letter.at is not None and letter.at >= self.since))
        )


@dataclass(frozen=True)
class Options:
    """`rate` is letters per second; 0 is as fast as it goes."""

    wanted: Wanted = field(default_factory=Wanted)
    rate: float = 10.0
    dry_run: bool = False
    force: bool = False
    maximum: int = MAXIMUM_REDRIVES


@dataclass
class Outcome:
    """`finished` were sent by an earlier run and only deleted now, `arrived` came after this one began; `stays` and
    `failures` map a reason to its number."""

    sent: int = 0
    finished: int = 0
    arrived: int = 0
    left_out: int = 0
    failed: int = 0
    stays: dict[str, int] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    gave_up: bool = False

    @property
    def complete(self) -> bool:
        """Whether nothing that was wanted is still there."""
        return not (self.failed or self.stays or self.arrived or self.gave_up)


def redrive(
    cloud: Cloud,
    place: Place,
    options: Options,
    receipts: Receipts | None,
    *,
    seen: Callable[[Letter], None] = lambda letter: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Send back what is wanted of `place`. Without receipts (a dry run) nothing is sent, deleted or written."""
    source = reader(cloud, place)
    run = _Run(cloud, source, options, receipts, sleep)
    with source.letters() as letters:
        for letter in letters:
            run.handle(letter)
            seen(letter)
            if run.outcome.gave_up:
                break
    return run.outcome


class _Run:
    def __init__(
        self,
        cloud: Cloud,
        source: Reader,
        options: Options,
        receipts: Receipts | None,
        sleep: Callable[[float], None],
    ) -> None:
        self._cloud = cloud
        self._source = source
        self._options = options
        self._receipts = receipts
        self._sleep = sleep
        self._began = times.now()
        self._next_at = 0.0
        self._failures_in_a_row = 0
        self.outcome = Outcome()

    def handle(self, letter: Letter) -> None:
        if letter.at is not None and letter.at > self._began:
            # What comes back at once must not be sent again and again by one run.
            self.outcome.arrived += 1
            return
        if not self._options.wanted.includes(letter):
            self.outcome.left_out += 1
            return
        if self._receipts is not None and self._receipts.was_sent(letter):
            self._source.remove(letter)
            self._receipts.write(letter, "deleted", why="an earlier run had sent it")
            self.outcome.finished += 1
            return
        found = self._way_back(letter)
        if found is None:
            return
        if self._receipts is None:
            self.outcome.sent += 1
            return
        self._send(letter, found, self._receipts)

    def _way_back(self, letter: Letter) -> Route | None:
        if letter.redrives >= self._options.maximum and not self._options.force:
            self._stays(letter, f"it was redriven {letter.redrives} times already; --force sends it again")
            return None
        try:
            return route(self._cloud, letter)
        except UserError as problem:
            self._stays(letter, str(problem))
            return None

    def _stays(self, letter: Letter, why: str) -> None:
        self.outcome.stays[why] = self.outcome.stays.get(why, 0) + 1
        if self._receipts is not None:
            self._receipts.write(letter, "stays", why=why)

    def _send(self, letter: Letter, found: Route, receipts: Receipts) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        self._pace()
        try:
            found.send()
        except (UserError, BotoCoreError, ClientError) as error:
            why = str(error)
            self.outcome.failed += 1
            self.outcome.failures[why] = self.outcome.failures.get(why, 0) + 1
            receipts.write(letter, "failed", to=found.to, why=why)
            self._failures_in_a_row += 1
            self.outcome.gave_up = self._failures_in_a_row >= FAILURES_IN_A_ROW
            return
        self._failures_in_a_row = 0
        receipts.write(letter, "sent", to=found.to)
        self._source.remove(letter)
        receipts.write(letter, "deleted", to=found.to)
        self.outcome.sent += 1

    def _pace(self) -> None:
        if not self._options.rate:
            return
        now = time.monotonic()
        if now < self._next_at:
            self._sleep(self._next_at - now)
        self._next_at = max(now, self._next_at) + 1 / self._options.rate
