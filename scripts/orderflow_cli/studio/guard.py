"""Access control for the page: requests only from this machine and the page's origin, writes only with its token.

A browser lets any site send requests to loopback. The Host check stops DNS rebinding, the checks of Origin and
Sec-Fetch-Site stop cross-site requests, and no other site knows the token."""

import hmac
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER: Final = "X-Studio-Token"  # noqa: S105  # a name, not a token
_SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_MAX_BODY_BYTES: Final = 200_000


class Guard:
    def __init__(self, app: ASGIApp, port: int, token: str, *, writes: bool) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self._token = token
        self._writes = writes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SECURITY_HEADERS)
            await send(message)

        if (rejection := self._check_request(scope["method"], Headers(scope=scope))) is not None:
            status, reason = rejection
            await PlainTextResponse(reason, status)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _check_request(self, method: str, headers: Headers) -> tuple[int, str] | None:
        if headers.get("host") not in self._hosts:
            return 421, "Host must be 127.0.0.1 or localhost, with the page's port. Open the page at that address."
        origin = headers.get("origin")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            return 403, "Cross-site requests are refused. Open the page directly."
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return 403, "Cross-site requests are refused. Open the page directly."
        if method in {"GET", "HEAD"}:
            return None
        if not self._writes:
            return 403, "This page is read-only: it shows an environment on AWS."
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self._token.encode()):
            return 403, "The request lacks the page's token; reload the page."
        if not headers.get("content-length", "").isdigit() or int(headers["content-length"]) > _MAX_BODY_BYTES:
            return 413, f"Content-Length must be a number of bytes, at most {_MAX_BODY_BYTES}."
        return None
