"""Simulated time with interleaved invocations; one heap holds all scheduled events."""

import heapq
import itertools
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from greenlet import getcurrent, greenlet

from explore.functions import CLOCK, Handler

START = datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp()
HOUR, DAY = 3_600.0, 86_400.0
ACCOUNT = "123456789012"
TIMEOUTS = {"recorder": 15.0, "relay": 60.0, "payment_deadline": 60.0, "webhooks": 10.0, "storefront_api": 10.0}
MAX_EVENTS = 200_000


class ProcessKilledError(BaseException):
    """Raised in an invocation whose process is killed, for example by SIGKILL or a timeout."""


class Context:
    """The context object passed to a handler."""

    function_name = "explore"
    memory_limit_in_mb = 256
    aws_request_id = "request"
    invoked_function_arn = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:explore"

    def __init__(self, timeline: "Timeline", deadline: float) -> None:
        self._timeline, self._deadline = timeline, deadline

    def get_remaining_time_in_millis(self) -> int:
        return int((self._deadline - self._timeline.now) * 1_000)


class Timeline:
    """A history's clock and scheduled events; `never_idle` is set if a run was aborted after `max_events`."""

    def __init__(self, seed: object, handlers: Mapping[str, Handler]) -> None:
        self.rng = random.Random(f"{seed}")
        self.now = START
        CLOCK.world = self
        self.numbers = itertools.count()
        self.metrics: Counter[str] = Counter()
        self.trace: list[str] | None = None
        self.never_idle = False
        self.max_events = MAX_EVENTS
        self._handlers = handlers
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._deadlines: dict[greenlet, float] = {}
        self._hub = getcurrent()
        self._crash: BaseException | None = None

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (self.now + seconds, next(self.numbers), action))

    def run(self, until: float | None = None) -> None:
        """Run until no event is left, or until the given time."""
        CLOCK.world = self
        heap = self._heap
        while heap and (until is None or heap[0][0] <= until):
            due_at, number, action = heapq.heappop(heap)
            if number > self.max_events:
                self.never_idle = True
                return
            self.now = max(self.now, due_at)
            action()
            if self._crash is not None:
                raise self._crash
        if until is not None:
            self.now = max(self.now, until)

    def pause(self, seconds: float) -> None:
        """Let other invocations run for a time, then kill this one if it has exceeded its timeout."""
        invocation = getcurrent()
        self.call_later(seconds, invocation.switch)
        self._hub.switch()
        if self.now > self._deadlines.get(invocation, self.now):
            self.metrics["failures"] += 1
            raise ProcessKilledError

    def run_concurrently(self, calls: Sequence[Callable[[], Any]]) -> list[Any]:
        """Make an invocation's calls concurrently and return their results; raise the first failure."""
        invocation = getcurrent()
        results: dict[int, Any] = {}
        exceptions: list[BaseException] = []
        running_greenlets: set[greenlet] = set()

        def run_call(number: int, call: Callable[[], Any]) -> None:
            try:
                results[number] = call()
            except BaseException as error:
                exceptions.append(error)
                self._deadlines.update(dict.fromkeys(running_greenlets, 0.0))
            running_greenlets.remove(getcurrent())
            del self._deadlines[getcurrent()]
            if not running_greenlets:
                self.call_later(0.0, invocation.switch)

        for number, call in enumerate(calls):
            running_greenlets.add(child := greenlet(partial(run_call, number, call), self._hub))
            self._deadlines[child] = self._deadlines[invocation]
            self.call_later(0.0, child.switch)
        self._hub.switch()
        if exceptions:
            raise exceptions[0]
        return [results[number] for number in range(len(calls))]

    def invoke(self, function: str, event: Mapping[str, Any], on_response: Callable[[Any], None]) -> None:
        """Run a handler concurrently. `on_response` receives its response, or None if it failed."""

        def run_handler() -> None:
            deadline = self._deadlines[getcurrent()] = self.now + TIMEOUTS.get(function, 30.0)
            response = None
            try:
                self.require_available(function)
                response = self._handlers[function](dict(event), Context(self, deadline))
            except ProcessKilledError:
                self.log(f"{function} killed")
            except Exception as error:
                self.log(f"{function} raised {error!r}")
            except BaseException as error:
                self._crash = error
            del self._deadlines[getcurrent()]
            try:
                on_response(response)
            except Exception as error:
                self._crash = error

        greenlet(run_handler, self._hub).switch()

    def require_available(self, function: str) -> None:
        """Raise ProcessKilledError if the function is down."""

    def log(self, message: str, extra: Mapping[str, Any] | None = None) -> None:
        if self.trace is not None:
            self.trace.append(f"{self.now - START:12.3f} {message} {dict(extra) if extra else ''}")
