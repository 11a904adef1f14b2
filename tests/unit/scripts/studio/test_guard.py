"""Which requests the server of the page accepts. Each case changes one part of a valid request."""

import asyncio
from typing import Any

import pytest
from starlette.responses import PlainTextResponse

from orderflow_cli.studio.guard import Guard

PORT = 4569
VALID_HEADERS = {"host": "127.0.0.1:4569", "x-studio-token": "secret", "content-length": "0"}


def send_request(method: str, headers: dict[str, str | None], *, writes: bool = True) -> tuple[int, dict[str, str]]:
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    fields = {name: value for name, value in {**VALID_HEADERS, **headers}.items() if value is not None}
    header_pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
    scope = {"type": "http", "method": method, "path": "/", "headers": header_pairs}
    guard = Guard(PlainTextResponse("in"), PORT, "secret", writes=writes)
    asyncio.run(guard(scope, receive, send))  # type: ignore[arg-type]
    return messages[0]["status"], {name.decode(): value.decode() for name, value in messages[0]["headers"]}


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {}, 200),
        ("GET", {"host": "localhost:4569", "origin": "http://localhost:4569", "sec-fetch-site": "same-origin"}, 200),
        ("GET", {"x-studio-token": None}, 200),
        *(("GET", {"host": host}, 421) for host in ("rebound.example:4569", "127.0.0.1:4570", None)),
        *(("GET", {"origin": one}, 403) for one in ("https://site.example", "null", "http://127.0.0.1:8080")),
        *(("GET", {"sec-fetch-site": site}, 403) for site in ("cross-site", "same-site")),
        ("POST", {}, 200),
        *(("POST", {"x-studio-token": token}, 403) for token in (None, "secreT", "s\u00e9cret")),
        ("POST", {"host": "rebound.example:4569"}, 421),
        ("POST", {"origin": "https://site.example"}, 403),
        *(("POST", {"content-length": length}, 413) for length in ("200001", None)),
        *((method, {"x-studio-token": None}, 403) for method in ("PUT", "DELETE")),
    ],
)
def test_only_the_pages_own_requests_are_accepted(method: str, headers: dict[str, str | None], status: int) -> None:
    assert send_request(method, headers)[0] == status


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 403), ("PUT", 403)])
def test_read_only_server_rejects_every_write(method: str, status: int) -> None:
    assert send_request(method, {}, writes=False)[0] == status


@pytest.mark.parametrize("host", ["127.0.0.1:4569", "rebound.example"])
def test_responses_forbid_scripts_and_content_of_other_origins(host: str) -> None:
    _, headers = send_request("GET", {"host": host})

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-resource-policy"] == "same-origin"
