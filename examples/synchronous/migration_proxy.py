"""The proxy of the migration: receives every request and forwards it to the old or the new application.

A file with a percentage per channel, reread when it changes, decides which application takes a new order. A customer's
orders from one channel go to the same application unless a new percentage moves the customer, a repeated request goes
where the first one went, and an order is read where it was placed. Both accept an order with 202 and its URL."""

import hashlib
import json
import threading
from collections import Counter
from pathlib import Path
from typing import Any, Final, Literal

from examples.synchronous.loopback import NoResponseError, Request, Response, Server, send_request

type Target = Literal["old", "new"]

ROUTE: Final = "POST /orders"
NEW_ORDER_ID_PREFIX: Final = "ord_"
FORWARDED_HEADERS: Final = ("authorization", "content-type", "idempotency-key", "x-correlation-id", "x-customer-id")


class MigrationProxy:
    """A proxy; `routes_path` holds the new application's percentage of customers: {"POST /orders": {"web": 10}}."""

    def __init__(self, old_url: str, new_url: str, routes_path: Path) -> None:
        self._urls: dict[Target, str] = {"old": old_url, "new": new_url}
        self._routes_path = routes_path
        self._lock = threading.Lock()
        self._first_targets: dict[tuple[str, str], Target] = {}
        self._mtime_ns = 0
        self._percentages: dict[str, int] = {}
        self.sent_orders: Counter[Target] = Counter()

    def serve(self, port: int = 0) -> Server:
        return Server(self.respond, port)

    def respond(self, request: Request) -> Response:
        if (request.method, request.path) == ("POST", "/orders"):
            return _uniform_response(self._forward(self._choose_target(request), request))
        target: Target = "new" if request.path.startswith(f"/orders/{NEW_ORDER_ID_PREFIX}") else "old"
        return self._forward(target, request)

    def _choose_target(self, request: Request) -> Target:
        customer_id = request.headers.get("x-customer-id", "")
        key = request.headers.get("idempotency-key", "")
        with self._lock:
            target: Target = "new" if rollout_bucket(customer_id) < self._read_percentage(request.body) else "old"
            if key:
                target = self._first_targets.setdefault((customer_id, key), target)
            self.sent_orders[target] += 1
        return target

    def _read_percentage(self, body: bytes) -> int:
        mtime_ns = self._routes_path.stat().st_mtime_ns
        if mtime_ns != self._mtime_ns:
            self._percentages = json.loads(self._routes_path.read_text())[ROUTE]
            self._mtime_ns = mtime_ns
        try:
            return self._percentages.get(json.loads(body)["channel"], 0)
        except (ValueError, KeyError, TypeError):
            return 0  # not an order: the old application handles it as before

    def _forward(self, target: Target, request: Request) -> Response:
        headers = {name: request.headers[name] for name in FORWARDED_HEADERS if name in request.headers}
        try:
            return send_request(request.method, self._urls[target] + request.path, request.body, headers)
        except NoResponseError:
            # Not sent to the other application instead: the first one may have accepted the order.
            return Response(503, {"error": "no response; retry with the same Idempotency-Key"}, {"retry-after": "5"})


def rollout_bucket(customer_id: str) -> int:
    """Return a number from 0 to 99 that the customer's id determines."""
    return int.from_bytes(hashlib.sha256(customer_id.encode()).digest()[:4]) % 100


def _uniform_response(response: Response) -> Response:
    """Return the response to an order in the new application's format; an error keeps its status and document."""
    if response.status not in (201, 202):
        headers = {name: value for name, value in response.headers.items() if name == "retry-after"}
        return Response(response.status, response.document, headers)
    document: dict[str, Any] = response.document
    href = f"/orders/{document['order_id']}"
    body = {"order_id": document["order_id"], "status": "accepted", "total": document["total"], "href": href}
    return Response(202, body, {"location": href})
