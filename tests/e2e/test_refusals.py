"""Everything the storefront must refuse: a problem document each, and nothing on the bus."""

import json

import pytest

from orderflow_cli.demo import storefront, traffic
from tests.e2e.conftest import BusProbe, Shop

KINDS = [request.what for request in traffic.bad_requests("kinds", traffic.Order("c", "k", {"lines": [{}]}))]


@pytest.mark.parametrize("what", KINDS)
def test_nothing_is_published_when_a_request_is_refused(shop: Shop, probe: BusProbe, what: str) -> None:
    good = shop.new_order()
    recorded = shop.place(good).document["order_id"]
    shop.wait_for_status(recorded, "delivered")
    probe.bodies()
    (request,) = [each for each in traffic.bad_requests(good.idempotency_key, good) if each.what == what]

    answer = storefront.request("POST", f"{shop.url}/orders", request.headers, request.body)

    assert answer.status == request.expected, answer.document
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "correlation_id"} <= set(answer.document)
    published = [json.loads(body)["detail"]["data"] for body in probe.bodies()]
    assert [data for data in published if data.get("customer_id") == good.customer_id] == []
