"""The page of an environment on AWS: it shows what it can read, reports missing permissions, and changes nothing."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orderflow_cli.studio.app import create_app
from orderflow_cli.studio.watch import EnvironmentWatcher
from tests.integration.scripts.observe.conftest import Environment

ORDER_ID = "ord_" + "a" * 26
PORT = 4569
type GetResponse = Callable[[str, str], Any]


def visit(environment: Environment, check: Callable[[GetResponse, dict[str, Any]], Any]) -> None:
    """Serve the page, wait for its first update, request its routes, and pass the responses and update to `check`."""

    async def request(app: Any, method: str, path: str) -> tuple[int, str]:
        messages: list[dict[str, Any]] = []
        headers = [(b"host", f"127.0.0.1:{PORT}".encode()), (b"content-length", b"0"), (b"x-studio-token", b"secret")]
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        await app(scope, receive, send)
        return messages[0]["status"], b"".join(message.get("body", b"") for message in messages).decode()

    async def serve() -> None:
        watcher = EnvironmentWatcher(environment.cloud)
        app = create_app(watcher, PORT, "secret")
        async with app.router.lifespan_context(app):
            with watcher.subscribe() as updates:
                update = await asyncio.wait_for(updates.get(), 60)
            responses = {
                (method, path): await request(app, method, path)
                for method, path in [
                    ("GET", "/"),
                    ("GET", "/orders"),
                    ("GET", f"/orders/{ORDER_ID}"),
                    ("GET", "/dead-letters"),
                    ("GET", "/switches"),
                    *(("POST", path) for path in ("/orders", "/redrive", "/replay", "/switches")),
                ]
            }
        check(lambda method, path: responses[method, path], update)

    asyncio.run(serve())


def test_environment_is_shown_and_writes_are_rejected(environment: Environment) -> None:
    environment.order(ORDER_ID, "paid", customer_id="<b>customer</b>")
    environment.log("recorder", {"level": "INFO", "message": "Decision", "order_id": ORDER_ID, "event_id": "e"})
    environment.send("finance-dlq", json.dumps({"data": {"order_id": ORDER_ID}, "texts": ['{"a": "<script>"}']}))

    def check(get_response: GetResponse, update: dict[str, Any]) -> None:
        assert (update["orders"], update["dead"], update["problem"]) == ({"paid": 1}, 1, "")
        assert "read-only" in get_response("GET", "/")[1]
        assert "Place an order" not in get_response("GET", "/")[1]
        assert ORDER_ID in get_response("GET", "/orders")[1]
        assert "&lt;b&gt;customer" in get_response("GET", "/orders")[1]
        assert "Decision" in get_response("GET", f"/orders/{ORDER_ID}")[1]
        status, dead_letters = get_response("GET", "/dead-letters")
        assert (status, "received too often" in dead_letters) == (200, True)
        assert "&#34;a&#34;: &#34;&lt;script&gt;&#34;" in dead_letters
        assert "<script>" not in dead_letters
        assert "Redrive" not in dead_letters
        assert "<button" not in get_response("GET", "/switches")[1]
        assert {get_response("POST", path)[0] for path in ("/orders", "/redrive", "/replay", "/switches")} == {403}

    visit(environment, check)


def test_missing_permission_is_shown_on_the_page(environment: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    environment.send("finance-dlq", "{}")
    text = "User: arn:aws:iam::123456789012:user/reader is not authorized to perform: dynamodb:Scan on resource: orders"

    def deny_access(_: str) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": text}}, "Scan")

    monkeypatch.setattr(environment.client("dynamodb"), "get_paginator", deny_access)

    def check(get_response: GetResponse, update: dict[str, Any]) -> None:
        assert "dynamodb:Scan" in update["problem"]
        assert (update["orders"], update["dead"]) == ({}, 1)
        assert get_response("GET", "/orders")[0] == 200

    visit(environment, check)
