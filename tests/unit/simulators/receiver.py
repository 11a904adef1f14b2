"""A webhooks API on a free port of loopback that keeps every call, and waiting with a bound."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "a-secret-of-the-tests"
PATIENCE_SECONDS = 20.0


@dataclass
class Received:
    headers: dict[str, str]
    body: bytes

    @property
    def call(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """``statuses`` are answered in turn, then 202."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, call: Received) -> int:
        with self.lock:
            self.received.append(call)
            return self.statuses.pop(0) if self.statuses else 202

    def calls(self) -> list[Any]:
        with self.lock:
            return [each.call for each in self.received]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self.send_response(receiver.take(Received(headers, body)))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.05))
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def eventually(over: Callable[[], bool]) -> None:
    """Wait until it is so; fail when it is not so in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not over():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
