"""A local HTTP server that records requests from API destinations and SNS, and issues OAuth tokens."""

import json
import ssl
import threading
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.support.sns_signer import Signer

ACCESS_TOKEN = "a-token"
_PEM_FORMAT = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True)
class Request:
    """A received request; `headers` have lower-case names, `path` includes the query string."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


class Receiver:
    """Responds with each of `statuses`, then with 200; /token returns a token. Confirms SNS subscriptions."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.statuses: list[int] = []
        self._requests: list[Request] = []

    def requests(self, path: str = "/") -> list[Request]:
        """Return the requests received so far whose path starts with `path`."""
        return [request for request in self._requests if request.path.startswith(path)]

    def documents(self) -> list[Any]:
        """Return the bodies received so far, parsed as JSON."""
        return [json.loads(request.body) for request in self._requests]

    def record(self, request: Request) -> int:
        self._requests.append(request)
        if request.headers.get("x-amz-sns-message-type") == "SubscriptionConfirmation":
            # SNS can confirm the subscription only after the response to its POST.
            threading.Thread(target=_open, args=(json.loads(request.body)["SubscribeURL"],), daemon=True).start()
        return self.statuses.pop(0) if self.statuses else 200


def _open(url: str) -> None:
    with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - the emulator on this machine
        response.read()


@contextmanager
def receiver(certificate: Path | None = None) -> Iterator[Receiver]:
    """Run a receiver on a free loopback port while the block runs.

    `certificate` is a file for its key and certificate. Without one, it serves plain HTTP although its URL says https:
    the local cloud calls receivers on this machine without TLS."""

    class Handler(QuietHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = http_receiver.record(Request(self.command, self.path, headers, body))
            token = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 3600}
            payload = json.dumps(token if self.path == "/token" else {}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_HEAD = do_POST = do_PUT = _answer  # noqa: N815 - names that http.server looks for

    context = None
    if certificate is not None:
        signer = Signer(datetime.now(UTC))
        certificate.write_bytes(signer.key.private_bytes(*_PEM_FORMAT) + signer.pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    with serve(Handler, context) as port:
        http_receiver = Receiver(f"https://127.0.0.1:{port}")
        yield http_receiver


class QuietHandler(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Write no access log."""


@contextmanager
def serve(handler: Callable[..., BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve on a free loopback port while the block runs; yield the port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
