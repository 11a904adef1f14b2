"""A JSON server on 127.0.0.1 and an HTTP client, both from the standard library alone."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

HOST = "127.0.0.1"
# Headers of a connection or of the original body, which do not apply to a reserialised document.
DROPPED_HEADERS = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is never reached through a proxy


@dataclass(frozen=True)
class Request:
    """An HTTP request; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    """An HTTP response; header names are in lower case."""

    status: int
    document: Any
    headers: Mapping[str, str] = field(default_factory=dict)


type Application = Callable[[Request], Response]


class NoResponseError(Exception):
    """No response arrived in time, so the caller cannot know whether its request was processed."""


class Server:
    """Serves an application in a background thread until `close` is called; port 0 selects a free port."""

    def __init__(self, application: Application, port: int = 0) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _handle(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                response = application(Request(self.command, self.path, _lowercase_names(self.headers), body))
                payload = json.dumps(response.document).encode()
                self.send_response(response.status)
                response_headers = _lowercase_names(response.headers)
                headers = {name: value for name, value in response_headers.items() if name not in DROPPED_HEADERS}
                for name, value in {"content-type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = do_PUT = _handle  # noqa: N815  # the names that BaseHTTPRequestHandler calls

            def log_message(self, format: str, *args: Any) -> None:
                """Write no access log."""

        class Listener(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

        self._server = Listener((HOST, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def send_request(
    method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None, timeout: float = 30.0
) -> Response:
    """Send one request; an HTTP error is returned as a response. Raises NoResponseError."""
    http_request = urllib.request.Request(url, data=body or None, headers=dict(headers or {}), method=method)  # noqa: S310
    try:
        with _opener.open(http_request, timeout=timeout) as response:
            return Response(response.status, _parse_json(response.read()), _lowercase_names(response.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, _parse_json(error.read()), _lowercase_names(error.headers))
    except OSError as error:
        raise NoResponseError(f"{method} {url}: {error}") from error


def _lowercase_names(headers: Mapping[str, str] | Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _parse_json(text: bytes) -> Any:
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
