"""Everything the storefront must refuse: a problem document each, and nothing on the bus."""

import json

import pytest

from orderflow_cli.demo import storefront, traffic
from orderflow_cli.demo.traffic import Order
from tests.e2e.conftest import BusProbe, Shop

KINDS = [request.what for request in traffic.bad_requests("kinds", traffic.Order("c", "k", {"lines": [{}]}))]


@pytest.fixture(scope="module")
def good(shop: Shop) -> Order:
    """The order that the refused requests differ from; it has had all its events."""
    order = shop.new_order()
    shop.wait_for_status(shop.place(order).document["order_id"], "delivered")
    return order


@pytest.mark.parametrize("what", KINDS)
def test_nothing_is_published_when_a_request_is_refused(shop: Shop, good: Order, probe: BusProbe, what: str) -> None:
    (request,) = [each for each in traffic.bad_requests(good.idempotency_key, good) if each.what == what]

    answer = storefront.request("POST", f"{shop.url}/orders", request.headers, request.body)

    assert answer.status == request.expected, answer.document
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "correlation_id"} <= set(answer.document)
    published = [json.loads(body)["detail"]["data"] for body in probe.bodies()]
    assert [data for data in published if data.get("customer_id") == good.customer_id] == []
