"""Redrives the messages of a source: sends each, then deletes it, but drops payment requests that are overdue."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from orderflow_cli import UserError, times
from orderflow_cli.environments import Cloud
from orderflow_cli.observe.dead_letters.messages import Message
from orderflow_cli.observe.dead_letters.reading import MessageFilter, Reader, reader
from orderflow_cli.observe.dead_letters.sources import Source
from orderflow_cli.recovery.receipts import ReceiptWriter
from orderflow_cli.recovery.routes import Route, find_route

MAX_REDRIVES = 3
"""A message redriven this many times is sent again only with --force, as the cause of its failure probably remains."""

MAX_CONSECUTIVE_FAILURES = 5
"""After this many consecutive failures the target is considered down, and other messages are left for another run."""


@dataclass(frozen=True)
class Options:
    """Options of a redrive. `rate` is the maximum number of messages per second; 0 means unlimited."""

    message_filter: MessageFilter = field(default_factory=MessageFilter)
    rate: float = 10.0
    force: bool = False
    max_redrives: int = MAX_REDRIVES


@dataclass
class Outcome:
    """Message counts by outcome of the run; `kept_counts` and `failures` map each reason to a count."""

    sent_count: int = 0
    finished_count: int = 0  # sent by an earlier run, and deleted by this one
    dropped_count: int = 0  # payment requests whose payment deadline has passed
    arrived_count: int = 0  # after the run began
    left_out_count: int = 0  # not selected by the options
    failed_count: int = 0
    kept_counts: dict[str, int] = field(default_factory=dict)  # not redrivable
    failures: dict[str, int] = field(default_factory=dict)
    gave_up: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether all selected messages were handled."""
        return not (self.failed_count or self.kept_counts or self.arrived_count or self.gave_up)

    def as_dict(self) -> dict[str, object]:
        return {name.partition("_count")[0]: value for name, value in vars(self).items()}


def redrive(
    cloud: Cloud,
    source: Source,
    options: Options,
    receipt: ReceiptWriter | None,
    *,
    on_message: Callable[[Message], None] = lambda message: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Redrive the selected messages of `source`. Without `receipt` (a dry run) nothing is sent, deleted or written."""
    source_reader = reader(cloud, source)
    run = _RedriveRun(cloud, source_reader, options, receipt, sleep)
    with source_reader.messages() as messages:
        for message in messages:
            run.handle(message)
            on_message(message)
            if run.outcome.gave_up:
                break
    return run.outcome


@dataclass
class _RedriveRun:
    _cloud: Cloud
    _reader: Reader
    _options: Options
    _receipt: ReceiptWriter | None
    _sleep: Callable[[float], None]
    outcome: Outcome = field(default_factory=Outcome)
    _started_at: datetime = field(default_factory=times.now)
    _next_send_at: float = 0.0
    _consecutive_failures: int = 0

    def handle(self, message: Message) -> None:
        if message.at is not None and message.at > self._started_at:
            # A message that fails again immediately must not be redriven repeatedly by one run.
            self.outcome.arrived_count += 1
        elif not self._options.message_filter.matches(message):
            self.outcome.left_out_count += 1
        elif self._receipt is not None and self._receipt.was_sent(message):
            self._reader.remove(message)
            self._receipt.write(message, "deleted", reason="sent by an earlier run")
            self.outcome.finished_count += 1
        elif _is_overdue(message, self._started_at):
            self._drop(message)
        elif (route := self._find_route_or_keep(message)) is not None:
            if self._receipt is None:
                self.outcome.sent_count += 1
            else:
                self._send(message, route, self._receipt)

    def _find_route_or_keep(self, message: Message) -> Route | None:
        if message.redrive_count >= self._options.max_redrives and not self._options.force:
            self._keep(message, f"already redriven {message.redrive_count} times; use `orderflow redrive run --force`")
            return None
        try:
            return find_route(self._cloud, message)
        except UserError as error:
            self._keep(message, str(error))
            return None

    def _drop(self, message: Message) -> None:
        self.outcome.dropped_count += 1
        if self._receipt is not None:
            self._receipt.write(message, "dropped", reason="the payment deadline has passed", payload=True)
            self._reader.remove(message)

    def _keep(self, message: Message, reason: str) -> None:
        self.outcome.kept_counts[reason] = self.outcome.kept_counts.get(reason, 0) + 1
        if self._receipt is not None:
            self._receipt.write(message, "kept", reason=reason)

    def _send(self, message: Message, route: Route, receipt: ReceiptWriter) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        self._wait_for_rate_limit()
        try:
            route.send()
        except (UserError, BotoCoreError, ClientError) as error:
            reason = str(error)
            self.outcome.failed_count += 1
            self.outcome.failures[reason] = self.outcome.failures.get(reason, 0) + 1
            receipt.write(message, "failed", target=route.target_name, reason=reason)
            self._consecutive_failures += 1
            self.outcome.gave_up = self._consecutive_failures >= MAX_CONSECUTIVE_FAILURES
            return
        self._consecutive_failures = 0
        receipt.write(message, "sent", target=route.target_name)
        self._reader.remove(message)
        receipt.write(message, "deleted", target=route.target_name)
        self.outcome.sent_count += 1

    def _wait_for_rate_limit(self) -> None:
        if not self._options.rate:
            return
        now = time.monotonic()
        if now < self._next_send_at:
            self._sleep(self._next_send_at - now)
        self._next_send_at = max(now, self._next_send_at) + 1 / self._options.rate


def _is_overdue(message: Message, now: datetime) -> bool:
    """Return whether the message is an overdue payment request, whose order has ended and must not be charged.

    A request without `payment_due_at` was sent before this field existed, so its payment deadline has passed."""
    event = message.json
    if not isinstance(event, dict) or event.get("detail-type") != "PaymentRequested":
        return False
    try:
        return datetime.fromisoformat(event["detail"]["data"].get("payment_due_at", event["time"])) <= now
    except (KeyError, TypeError, AttributeError, ValueError):
        return False


@dataclass(frozen=True)
class HeldMessages:
    """Messages, each with the reader that can delete it; those in queues are hidden from other readers."""

    messages: list[tuple[Reader, Message]]

    def discard(self, receipt: ReceiptWriter) -> int:
        """Write each message and its payload to the receipt, then delete the message; return the number of messages."""
        for source_reader, message in self.messages:
            receipt.write(message, "discarded", payload=True)
            source_reader.remove(message)
        return len(self.messages)


@contextmanager
def hold_messages(cloud: Cloud, sources: Iterable[Source], message_filter: MessageFilter) -> Iterator[HeldMessages]:
    """Hold the selected messages while the user decides; those in queues are hidden from other readers until then."""
    with ExitStack() as stack:
        held_pairs: list[tuple[Reader, Message]] = []
        for source in sources:
            source_reader = reader(cloud, source)
            messages = stack.enter_context(source_reader.messages())
            held_pairs += [(source_reader, message) for message in messages if message_filter.matches(message)]
        yield HeldMessages(held_pairs)
