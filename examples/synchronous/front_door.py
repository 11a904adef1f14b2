"""The front door of the move: every request comes here first, and goes to the old application or to the new one.

Which of the two takes a new order is said per channel in a file of percentages, read anew when it changes. A customer
goes the same way as long as the percentage does not fall below them, a repeated request always goes the way of the
first one, and an order is read where it was placed. Both ways answer alike: 202 and where the order can be read."""

import hashlib
import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Final, Literal

from examples.synchronous.loopback import Answer, Request, Server, UnreachableError, call

type Way = Literal["old", "new"]

ROUTE: Final = "POST /orders"
NEW_ORDERS: Final = "ord_"
FORWARDED: Final = ("authorization", "content-type", "idempotency-key", "x-correlation-id", "x-customer-id")


class FrontDoor:
    """`flags`: a file such as {"POST /orders": {"web": 10}}: by route and client, the percentage for the new one."""

    def __init__(self, old: str, new: str, flags: Path) -> None:
        self._urls: dict[Way, str] = {"old": old, "new": new}
        self._flags = flags
        self._lock = threading.Lock()
        self._decided: dict[tuple[str, str], Way] = {}
        self._read_at = 0
        self._percentages: dict[str, int] = {}
        self.sent: Counter[Way] = Counter()

    def serve(self, port: int = 0) -> Server:
        return Server(self.respond, port)

    def respond(self, request: Request) -> Answer:
        if (request.method, request.path) == ("POST", "/orders"):
            return _alike(self._forward(self._way_of(request), request))
        way: Way = "new" if request.path.startswith(f"/orders/{NEW_ORDERS}") else "old"
        return self._forward(way, request)

    def _way_of(self, request: Request) -> Way:
        customer_id = request.headers.get("x-customer-id", "")
        key = request.headers.get("idempotency-key", "")
        with self._lock:
            way: Way = "new" if share_of(customer_id) < self._percentage(request.body) else "old"
            if key:
                way = self._decided.setdefault((customer_id, key), way)
            self.sent[way] += 1
        return way

    def _percentage(self, body: bytes) -> int:
        changed_at = self._flags.stat().st_mtime_ns
        if changed_at != self._read_at:
            self._percentages = json.loads(self._flags.read_text())[ROUTE]
            self._read_at = changed_at
        try:
            return self._percentages.get(json.loads(body)["channel"], 0)
        except (ValueError, KeyError, TypeError):
            return 0  # no order at all: the old application refuses it as it always has

    def _forward(self, way: Way, request: Request) -> Answer:
        headers = {name: request.headers[name] for name in FORWARDED if name in request.headers}
        try:
            return call(request.method, self._urls[way] + request.path, request.body, headers)
        except UnreachableError:
            # Never tried the other way instead: the first one may have taken the order.
            return Answer(503, {"error": "try again with the same Idempotency-Key"}, {"retry-after": "5"})


def share_of(customer_id: str) -> int:
    """0 to 99, always the same for a customer."""
    return int.from_bytes(hashlib.sha256(customer_id.encode()).digest()[:4]) % 100


def _alike(answer: Answer) -> Answer:
    """What the new application answers, whichever took the order."""
    if answer.status not in (201, 202):
        kept = {name: value for name, value in answer.headers.items() if name == "retry-after"}
        return Answer(answer.status, answer.document, kept)
    document: dict[str, Any] = answer.document
    href = f"/orders/{document['order_id']}"
    shown = {"order_id": document["order_id"], "status": "accepted", "total": document["total"], "href": href}
    return Answer(202, shown, {"location": href})
