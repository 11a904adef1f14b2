"""The four services that the shop calls; each can be made slow or unavailable."""

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from examples.synchronous.loopback import Request, Response, Server

SERVICE_NAMES = ("payment", "stock", "ledger", "notification")
DEFAULT_DELAY_SECONDS = 0.03


@dataclass
class Service:
    """One service; `effects` lists what it has done: payments, reservations, ledger entries or notifications.

    It responds after `delay_seconds`, or with 503 and no effect while `is_down`. PUT /behaviour changes both."""

    name: str
    delay_seconds: float = DEFAULT_DELAY_SECONDS
    is_down: bool = False
    effects: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def serve(self) -> Server:
        return Server(self.respond)

    def respond(self, request: Request) -> Response:
        document = json.loads(request.body) if request.body else {}
        match request.method, request.path:
            case "POST", "/":
                return self._record_effect(document)
            case "PUT", "/behaviour":
                self.delay_seconds = float(document.get("delay_seconds", self.delay_seconds))
                self.is_down = bool(document.get("down", self.is_down))
                return Response(200, {"delay_seconds": self.delay_seconds, "down": self.is_down})
            case "GET", "/effects":
                return Response(200, self.effects)
            case _:
                return Response(404, {"error": f"{request.method} {request.path} does not exist"})

    def _record_effect(self, document: dict[str, Any]) -> Response:
        if self.is_down:
            return Response(503, {"error": f"{self.name} is down"})
        with self._lock:
            self.effects.append(document)
        time.sleep(self.delay_seconds)
        return Response(201, {"done": self.name})
