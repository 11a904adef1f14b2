"""Corrections to hypercorn, the server of MiniStack and LocalEmu: Terraform repeated requests already processed.

The SDK of the locked AWS provider closes the body of its request when the headers of the response arrive. If the
connection has not finished with that body, it is closed, and a response body that arrives later is lost. A later SDK
is corrected: https://github.com/aws/smithy-go/blob/main/transport/http/internal/io/safe.go"""

from typing import Any

from hypercorn.asyncio.tcp_server import TCPServer  # type: ignore[import-not-found]
from hypercorn.config import Config  # type: ignore[import-not-found]
from hypercorn.events import RawData  # type: ignore[import-not-found]

original_send = TCPServer.protocol_send


async def send_headers_with_body(server: Any, event: Any) -> None:
    """Hold the headers back until the first part of the body or the end of the response."""
    held_headers = vars(server).pop("held_headers", b"")
    if isinstance(event, RawData):
        if not held_headers and event.data[:9] == b"HTTP/1.1 " and event.data[9:10] != b"1":
            server.held_headers = event.data
            return
        event = RawData(held_headers + event.data)
    elif held_headers:
        await original_send(server, RawData(held_headers))
    await original_send(server, event)


def apply_corrections() -> None:
    TCPServer.protocol_send = send_headers_with_body
    # Clients (Terraform after 90 s) must close idle connections before the server does, or a response can be lost.
    Config.keep_alive_timeout = property(lambda _: 3_600.0, lambda _, seconds: None)
