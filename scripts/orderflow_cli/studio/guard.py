"""Access control of the page: only requests from this machine and the page's own origin; writes only with the token.

A browser lets any site send requests to loopback. The Host header reveals foreign names for loopback, Origin and
Sec-Fetch-Site reveal foreign sites, and no foreign site knows the token."""

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

        if (refusal := self._find_refusal(scope["method"], Headers(scope=scope))) is not None:
            status, reason = refusal
            await PlainTextResponse(reason, status)(scope, receive, send_with_headers)
            return
        await self._app(scope, receive, send_with_headers)

    def _find_refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        if headers.get("host") not in self._hosts:
            return 421, "The page is served only to this machine, as 127.0.0.1 or localhost."
        origin = headers.get("origin")
        if origin is not None and origin.removeprefix("http://") not in self._hosts:
            return 403, "Only the page itself may send requests."
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return 403, "Only the page itself may send requests."
        if method in {"GET", "HEAD"}:
            return None
        if not self._writes:
            return 403, "This page is read-only: it shows an environment on AWS."
        if not hmac.compare_digest(headers.get(TOKEN_HEADER, "").encode(), self._token.encode()):
            return 403, "The request lacks the page's token; reload the page."
        if not headers.get("content-length", "").isdigit() or int(headers["content-length"]) > _MAX_BODY_BYTES:
            return 413, f"Content-Length must be a number of bytes, at most {_MAX_BODY_BYTES}."
        return None
