"""The page of an environment on AWS: it shows what it can read, reports missing permissions, and changes nothing."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orderflow_cli.studio.app import create_app
from orderflow_cli.studio.watch import Watch
from tests.integration.scripts.observe.conftest import Environment

ORDER = "ord_" + "a" * 26
PORT = 4569
type Ask = Callable[[str, str], Any]


def visit(environment: Environment, check: Callable[[Ask, dict[str, Any]], Any]) -> None:
    """Serve the page, wait for a tick of its stream, request every route, and pass the responses to `check`."""

    async def ask(app: Any, method: str, path: str) -> tuple[int, str]:
        messages: list[dict[str, Any]] = []
        headers = [(b"host", f"127.0.0.1:{PORT}".encode()), (b"content-length", b"0"), (b"x-studio-token", b"secret")]
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        await app(scope, receive, send)
        return messages[0]["status"], b"".join(one.get("body", b"") for one in messages).decode()

    async def serve() -> None:
        watch = Watch(environment.cloud)
        app = create_app(watch, PORT, "secret")
        async with app.router.lifespan_context(app):
            with watch.listening() as ticks:
                tick = await asyncio.wait_for(ticks.get(), 60)
            responses = {
                (method, path): await ask(app, method, path)
                for method, path in [
                    ("GET", "/"),
                    ("GET", "/orders"),
                    ("GET", f"/orders/{ORDER}"),
                    ("GET", "/dead-letters"),
                    ("GET", "/switches"),
                    *(("POST", path) for path in ("/orders", "/redrive", "/replay", "/switches")),
                ]
            }
        check(lambda method, path: responses[method, path], tick)

    asyncio.run(serve())


def test_environment_is_shown_and_every_write_rejected(environment: Environment) -> None:
    environment.order(ORDER, "paid", customer_id="<b>customer</b>")
    environment.log("recorder", {"level": "INFO", "message": "Decision", "order_id": ORDER, "event_id": "e"})
    environment.send("finance-dlq", json.dumps({"data": {"order_id": ORDER}, "text": "<script>"}))

    def check(ask: Ask, tick: dict[str, Any]) -> None:
        assert (tick["orders"], tick["dead"], tick["problem"]) == ({"paid": 1}, 1, "")
        assert "read-only" in ask("GET", "/")[1]
        assert "Place an order" not in ask("GET", "/")[1]
        assert ORDER in ask("GET", "/orders")[1]
        assert "&lt;b&gt;customer" in ask("GET", "/orders")[1]
        assert "Decision" in ask("GET", f"/orders/{ORDER}")[1]
        status, dead_letters = ask("GET", "/dead-letters")
        assert (status, "received too often" in dead_letters, "&lt;script&gt;" in dead_letters) == (200, True, True)
        assert "<script>" not in dead_letters
        assert "Redrive" not in dead_letters
        assert "<button" not in ask("GET", "/switches")[1]
        assert {ask("POST", path)[0] for path in ("/orders", "/redrive", "/replay", "/switches")} == {403}

    visit(environment, check)


def test_missing_permission_is_shown_on_the_page(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.send("finance-dlq", "{}")
    text = "User: arn:aws:iam::123456789012:user/reader is not authorized to perform: dynamodb:Scan on resource: orders"

    def refuse(_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": text}}, "Scan")

    monkeypatch.setattr(environment.client("dynamodb"), "get_paginator", refuse)

    def check(ask: Ask, tick: dict[str, Any]) -> None:
        assert "dynamodb:Scan" in tick["problem"]
        assert (tick["orders"], tick["dead"]) == ({}, 1)
        assert ask("GET", "/orders")[0] == 200

    visit(environment, check)
