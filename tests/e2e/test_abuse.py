"""Abuse of the running APIs that needs all of them together; docs/security.md lists each case with its test."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from dev.fuzz.run import DOCUMENT
from orderflow_cli.demo import storefront
from tests.e2e.conftest import ADDRESS, BusProbe, Shop

WEBHOOKS = {"ANY /webhooks/payment-provider", "ANY /webhooks/carrier"}
SECURITY_HEADERS = {"cache-control", "strict-transport-security", "x-content-type-options"}


@pytest.fixture
def trap() -> Iterator[tuple[str, list[str]]]:
    """The address of a server that nobody should call, and the calls that it had."""
    calls: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(f"{self.command} {self.path}")
            self.send_response(204)
            self.end_headers()

        do_POST = do_PUT = do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", calls
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_no_address_of_a_request_is_called_when_every_text_holds_one(shop: Shop, trap: tuple[str, list[str]]) -> None:
    url, calls = trap
    texts = {name: f"{url}/{name}" for name in ADDRESS if name not in {"country", "postal_code"}}
    order = shop.new_order(shipping_address={**ADDRESS, **texts}, contact_email=f"a@{url.removeprefix('http://')[:9]}")
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": order.idempotency_key,
        "X-Customer-Id": order.customer_id,
        "X-Forwarded-Host": url,
        "Referer": url,
        "Callback-Url": url,
    }

    answer = storefront.request("POST", f"{shop.url}/orders", headers, json.dumps(order.body).encode())
    refused = storefront.request(
        "POST", f"{shop.url}/orders", headers, json.dumps({**order.body, "callback_url": url}).encode()
    )

    assert (answer.status, refused.status) == (202, 422)
    assert url not in json.dumps(dict(answer.headers))
    shop.wait_for_status(answer.document["order_id"], "delivered")
    assert calls == []


def test_only_documented_routes_exist_when_the_gateways_are_asked(shop: Shop) -> None:
    gateway = shop.cloud.client("apigatewayv2")
    documented = {f"ANY {path}" for path in json.loads(DOCUMENT.read_text("utf-8"))["paths"]}

    def routes(api: str) -> set[str]:
        return {route["RouteKey"] for route in gateway.get_routes(ApiId=shop.outputs[api])["Items"]}

    # `$default` leads to the function, which knows the same routes and answers all else with 404.
    assert routes("storefront_api_id") == {*documented, "$default"}
    assert routes("webhooks_api_id") == {*WEBHOOKS, "$default"}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("DELETE", "/orders", 405),
        ("PUT", "/orders/ord_aaaaaaaaaaaaaaaaaaaaaaaaaa", 405),
        ("DELETE", "/orders/ord_aaaaaaaaaaaaaaaaaaaaaaaaaa", 405),
        ("POST", "/orders/ord_aaaaaaaaaaaaaaaaaaaaaaaaaa/refund", 404),
        ("POST", "/webhooks/payment-provider", 404),
        ("GET", "/admin", 404),
        ("GET", "/orders/../admin", 404),
        ("GET", "/openapi.yaml", 404),
        ("GET", "/.env", 404),
    ],
)
def test_nothing_else_can_be_done_when_a_customer_tries(
    shop: Shop, probe: BusProbe, method: str, path: str, expected: int
) -> None:
    headers = {"X-Customer-Id": "customer-curious", "Content-Type": "application/json", "Idempotency-Key": "k"}

    answer = storefront.request(method, f"{shop.url}{path}", headers, b"{}" if method != "GET" else None)

    assert answer.status == expected
    assert answer.headers["content-type"] == "application/problem+json"
    published: list[dict[str, Any]] = [json.loads(body)["detail"]["data"] for body in probe.bodies()]
    assert [data for data in published if data.get("customer_id") == "customer-curious"] == []


def test_other_sites_are_told_nothing_when_their_scripts_ask(shop: Shop) -> None:
    headers = {"Origin": "https://evil.example.com", "X-Customer-Id": "customer-1"}

    answer = storefront.request("GET", f"{shop.url}/orders/ord_aaaaaaaaaaaaaaaaaaaaaaaaaa", headers)

    assert set(answer.headers) >= SECURITY_HEADERS
    assert [name for name in answer.headers if name.startswith("access-control-")] == []
