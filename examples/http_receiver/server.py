"""An HTTP server built on the standard library: POST requests on loopback, with limits on size and time.

A load balancer or reverse proxy terminates TLS in front of it, with a certificate from an authority that SNS trusts."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from sqlite3 import Error as StorageError

from examples.http_receiver.receive import Receiver, Response

HOST = "127.0.0.1"
MAX_BYTES = 512 * 1024  # SNS limits a message to 256 KiB; escaping in the JSON envelope makes the message larger


def create_server(receiver: Receiver, port: int) -> ThreadingHTTPServer:
    """Return a server that is bound but not yet running; port 0 selects a free port."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 15  # SNS itself waits 15 seconds for a response

        def do_POST(self) -> None:
            response = self._receive()
            payload = json.dumps({"result": response.result}).encode()
            self.send_response(response.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def _receive(self) -> Response:
            length = self.headers.get("Content-Length", "")
            if not (length.isascii() and length.isdigit()):
                return Response(411, "Content-Length is missing or not a number")
            if int(length) > MAX_BYTES:
                return Response(413, f"the body has more than {MAX_BYTES} bytes")
            body = self.rfile.read(int(length))
            try:
                return receiver.receive({name.lower(): value for name, value in self.headers.items()}, body)
            except StorageError as error:
                return Response(503, f"the message could not be written to the inbox: {error}")

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            message_id = self.headers.get("x-amz-sns-message-id", "-") if hasattr(self, "headers") else "-"
            print(f"{getattr(code, 'value', code)} {message_id!r}", file=sys.stderr, flush=True)  # noqa: T201

    class Listener(ThreadingHTTPServer):
        daemon_threads = True

    return Listener((HOST, port), Handler)
