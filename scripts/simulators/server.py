"""The HTTP server of both simulators. It reads and writes JSON, listens on loopback only, and stops on SIGTERM."""

import argparse
import json
import signal
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from simulators.callbacks import Callbacks
from simulators.journal import Journal, SeededFaults

HOST = "127.0.0.1"
Response = tuple[int, Any]
Route = Callable[[dict[str, Any], dict[str, str]], Response]


def serve(port: int, routes: dict[tuple[str, str], Route], on_stop: Callable[[], None]) -> int:
    """Serve ``routes``, which map (method, path) to a function of body and headers, until SIGTERM or SIGINT."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._respond("GET")

        def do_POST(self) -> None:
            self._respond("POST")

        def do_PUT(self) -> None:
            self._respond("PUT")

        def _respond(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            route = routes.get((method, self.path))
            if route is None:
                status, response = 404, {"error": f"No such route: {method} {self.path}"}
            else:
                try:
                    status, response = route(_parse_json_object(body), headers)
                except (ValueError, KeyError, TypeError) as error:
                    status, response = 400, {"error": f"{type(error).__name__}: {error}"}
            self._write(status, json.dumps(response).encode())

        def _write(self, status: int, payload: bytes) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the caller has disconnected, for example after a timeout

        def log_message(self, format: str, *args: Any) -> None:
            print(f"{self.log_date_time_string()} {format % args}", flush=True)

    server = ThreadingHTTPServer((HOST, port), Handler)
    server.daemon_threads = True

    def stop(*_: object) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print(f"listening on {HOST}:{server.server_address[1]}", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    on_stop()
    return 0


def _parse_json_object(body: bytes) -> dict[str, Any]:
    document = json.loads(body) if body else {}
    if not isinstance(document, dict):
        raise ValueError("the body must be a JSON object")  # noqa: TRY004  # an error of the caller, like malformed JSON
    return document


class Simulator:
    """Base class of both simulators: checks the API key, serves ``GET /book`` and configures callbacks."""

    def __init__(self, journal: Journal, callbacks: Callbacks, api_key: str) -> None:
        self._journal, self.callbacks, self._api_key = journal, callbacks, api_key
        self._faults = SeededFaults(journal)

    def configure(self, body: dict[str, Any], _: dict[str, str]) -> Response:
        self.callbacks.configure(body["callback_url"], body["secret"])
        return 200, {"configured": True}

    def book(self, _: dict[str, Any], __: dict[str, str]) -> Response:
        state = {"entries": self._journal.entries(), "given_up": self.callbacks.given_up}
        return 200, {**state, "pending_callbacks": self.callbacks.pending()}

    def _authorized_idempotency_key(self, headers: dict[str, str]) -> str | None:
        """Return the idempotency key, or None if it is missing or the API key is wrong."""
        return headers.get("idempotency-key") if headers.get("x-api-key") == self._api_key else None


UNAUTHORIZED_RESPONSE = 401, {"error": "a valid X-Api-Key and an Idempotency-Key are required"}


def run[Kind: Simulator](
    description: str,
    create: Callable[[Journal, Callbacks, str], Kind],
    routes: Callable[[Kind], dict[tuple[str, str], Route]],
) -> int:
    """Serve a simulator's routes and the routes common to all simulators, configured by the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, required=True, help="loopback port to listen on")
    parser.add_argument("--book", type=Path, required=True, help="file for the simulator's journal (JSON Lines)")
    parser.add_argument("--api-key", required=True, help="the X-Api-Key that callers must send")
    args = parser.parse_args()
    journal = Journal(args.book)
    simulator = create(journal, Callbacks(journal), args.api_key)
    common_routes: dict[tuple[str, str], Route] = {("GET", "/health"): lambda *_: (200, {})}
    common_routes |= {("PUT", "/configuration"): simulator.configure, ("GET", "/book"): simulator.book}
    return serve(args.port, {**common_routes, **routes(simulator)}, simulator.callbacks.close)
