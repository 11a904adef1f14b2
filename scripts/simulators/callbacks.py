"""Signed callbacks to the webhooks API, which the simulators delay, repeat and send out of order."""

import hashlib
import heapq
import hmac
import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from simulators.journal import Journal

MAX_ATTEMPTS = 12
RETRY_SECONDS = 2.0
WORKER_COUNT = 4
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never use a proxy for loopback


@dataclass(order=True)
class _DueAction:
    due: float
    number: int
    action: Mapping[str, Any] | Callable[[], None] = field(compare=False)
    attempt: int = field(compare=False, default=1)


class Callbacks:
    """Delivers callbacks after a delay; like a real provider, it attempts each call up to ``MAX_ATTEMPTS`` times.

    The journal records each call before it is sent and after it is accepted, so calls that were not accepted when the
    simulator stopped are sent after its next start."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._url: str | None = None
        self._secret = ""
        self._queue: list[_DueAction] = []
        self._counter = itertools.count()
        self._condition = threading.Condition()
        self._closed = False
        self._in_flight = 0
        self.given_up: list[Mapping[str, Any]] = []
        self._pool = ThreadPoolExecutor(WORKER_COUNT, thread_name_prefix="callback")
        self._thread = threading.Thread(target=self._run, name="callbacks", daemon=True)
        self._thread.start()
        entries = journal.entries()
        accepted_ids = {entry["call_id"] for entry in entries if entry["kind"] == "taken"}
        for entry in entries:
            if entry["kind"] == "call" and entry["call"]["id"] not in accepted_ids:
                self._schedule(entry["call"], 0.0, 1)

    def configure(self, url: str, secret: str) -> None:
        """Set the URL and signing secret of the callbacks. No callback is sent until both are set."""
        with self._condition:
            self._url, self._secret = url, secret
            self._condition.notify_all()

    def send(self, call: Mapping[str, Any], delay_seconds: float) -> None:
        self._journal.append_once(f"call {call['id']}", {"kind": "call", "call": dict(call)})
        self._schedule(call, delay_seconds, 1)

    def call_later(self, delay_seconds: float, action: Callable[[], None]) -> None:
        """Run an action after a delay; pending actions are lost when the simulator stops."""
        self._schedule(action, delay_seconds, 1)

    def _schedule(self, action: Mapping[str, Any] | Callable[[], None], delay_seconds: float, attempt: int) -> None:
        with self._condition:
            due_action = _DueAction(time.monotonic() + delay_seconds, next(self._counter), action, attempt)
            heapq.heappush(self._queue, due_action)
            self._condition.notify_all()

    def pending(self) -> int:
        """Return the number of callbacks and actions that are scheduled or running."""
        with self._condition:
            return len(self._queue) + self._in_flight

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while True:
            with self._condition:
                while not self._closed and (not self._url or not self._queue or self._queue[0].due > time.monotonic()):
                    timeout = max(0.0, self._queue[0].due - time.monotonic()) if self._url and self._queue else None
                    self._condition.wait(timeout)
                if self._closed:
                    return
                due_action = heapq.heappop(self._queue)
                self._in_flight += 1
            self._pool.submit(self._deliver, due_action)

    def _deliver(self, due_action: _DueAction) -> None:
        try:
            if isinstance(due_action.action, Mapping):
                self._call(due_action.action, due_action.attempt)
            else:
                due_action.action()
        finally:
            with self._condition:
                self._in_flight -= 1

    def _call(self, call: Mapping[str, Any], attempt: int) -> None:
        is_delivered = False
        try:
            is_delivered = self._post(call)
        finally:
            if is_delivered:
                self._journal.append_once(f"taken {call['id']}", {"kind": "taken", "call_id": call["id"]})
            elif attempt < MAX_ATTEMPTS:
                self._schedule(call, RETRY_SECONDS, attempt + 1)
            else:
                self.given_up.append(call)

    def _post(self, call: Mapping[str, Any]) -> bool:
        assert self._url is not None  # noqa: S101  # _run waits for it
        body = json.dumps(call).encode()
        request = urllib.request.Request(self._url, data=body, headers=signature_headers(self._secret, body))  # noqa: S310
        try:
            with _opener.open(request, timeout=10) as response:
                return bool(response.status < 300)
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False


def signature_headers(secret: str, body: bytes, timestamp: int | None = None) -> dict[str, str]:
    """Return the headers that the webhooks API verifies: ``v1=hex(hmac-sha256(secret, timestamp + "." + body))``."""
    seconds = str(int(time.time()) if timestamp is None else timestamp)
    digest = hmac.new(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Signature-Timestamp": seconds, "X-Signature": f"v1={digest}"}
