"""The demo's HTTP client, which acts as a website or mobile app."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from orderflow_cli import UserError
from orderflow_cli.demo.traffic import JSON_TYPE, Order

TIMEOUT_SECONDS = 30.0
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback needs no proxy


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    document: dict[str, Any]
    milliseconds: float


def place(url: str, order: Order, token: str | None = None) -> Response:
    """Place an order. `token`: the customer's access token, if required; the local cloud trusts X-Customer-Id."""
    key, customer = order.idempotency_key, order.customer_id
    headers = {"Content-Type": JSON_TYPE, "Idempotency-Key": key, "X-Customer-Id": customer}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    return request("POST", f"{url}/orders", headers, json.dumps(order.body).encode())


def place_orders(
    orders: Sequence[Order], send: Callable[[Order], Response], workers: int, orders_per_second: float | None = None
) -> Iterator[Response]:
    """Place orders, `workers` at a time, at most `orders_per_second`; yield the responses in the order of `orders`."""
    start = time.monotonic()

    def send_on_schedule(numbered_order: tuple[int, Order]) -> Response:
        number, order = numbered_order
        if orders_per_second:
            time.sleep(max(0.0, start + number / orders_per_second - time.monotonic()))
        return send(order)

    pool = ThreadPoolExecutor(workers)
    try:
        yield from pool.map(send_on_schedule, enumerate(orders))
    finally:
        pool.shutdown(cancel_futures=True)


def cancel(url: str, customer_id: str, order_id: str) -> Response:
    return request("POST", f"{url}/orders/{order_id}/cancel", {"X-Customer-Id": customer_id})


def request(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Response:
    """Return the response to one request, even an HTTP error response; ``milliseconds`` measures the round trip."""
    http_request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310
    start = time.perf_counter()
    try:
        with _opener.open(http_request, timeout=TIMEOUT_SECONDS) as response:
            status, received_headers, text = response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        with error:
            status, received_headers, text = error.code, error.headers, error.read()
    except ValueError as error:
        raise UserError("Customer id and token must consist of visible ASCII characters.") from error
    milliseconds = (time.perf_counter() - start) * 1000
    response_headers = {name.lower(): value for name, value in received_headers.items()}
    return Response(status, response_headers, _parse_document(text), milliseconds)


def _parse_document(text: bytes) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
