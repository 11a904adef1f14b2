"""Access control of the page: requests from this machine, of its own origin, and with the token to write.

A browser lets any site send requests to loopback. A name that leads here by DNS is refused by its Host, a foreign site
by its Origin and Sec-Fetch-Site, and neither knows the token."""

import hmac
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_HEADER: Final = "X-Studio-Token"  # noqa: S105  # its name
_SECURITY: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_MOST_BYTES: Final = 200_000


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

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_SECURITY)
            await send(message)

        if (refusal := self._refusal(scope["method"], Headers(scope=scope))) is not None:
            status, why = refusal
            await PlainTextResponse(why, status)(scope, receive, secured)
            return
        await self._app(scope, receive, secured)

    def _refusal(self, method: str, headers: Headers) -> tuple[int, str] | None:
        if headers.get("host") not in self._hosts:
            return 421, "The page is only served to this machine, as 127.0.0.1 or localhost."
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
        if not headers.get("content-length", "").isdigit() or int(headers["content-length"]) > _MOST_BYTES:
            return 413, f"A request must have a Content-Length of at most {_MOST_BYTES} bytes."
        return None
