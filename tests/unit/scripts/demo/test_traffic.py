"""The demo's requests: the same for the same seed, accepted or rejected with the expected status."""

import base64
import json
from collections.abc import Iterator

import pytest

from orderflow_cli.demo import traffic
from orderflow_cli.demo.traffic import SPECIAL_CASES
from orderflow_cli.local_cloud import seed
from storefront_api.price import Catalog
from storefront_api.route import Api
from tests.support.doubles import PublisherDouble
from tests.support.http import document, http_event
from tests.support.invocations import one_minute_ms
from tests.support.logs import capture_logs, reset_metrics
from tests.unit.storefront_api.doubles import OrdersDouble

RUN_ID, OTHER_RUN_ID = "0301093000abcd", "0301093001abcd"
SKUS = sorted(set(seed.prices()) - {seed.sold_out_sku()})


class Storefront:
    """The API of the local environment with its catalog, and doubles of its other dependencies."""

    def __init__(self) -> None:
        self.orders, self.publisher = OrdersDouble(), PublisherDouble()
        self._api = Api(self.orders, Catalog.load(), self.publisher, "header")

    def send(self, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        text = base64.b64encode(body).decode()
        event = http_event("POST", "/orders", body=text, headers=headers, customer=None, is_base64=True)
        response = self._api.respond(event, one_minute_ms)
        return response["statusCode"], json.dumps(document(response))

    def place(self, order: traffic.Order) -> tuple[int, str]:
        headers = {"Idempotency-Key": order.idempotency_key, "X-Customer-Id": order.customer_id}
        headers |= {"Content-Type": traffic.JSON_TYPE}
        return self.send(headers, json.dumps(order.body).encode())


@pytest.fixture
def storefront() -> Iterator[Storefront]:
    with capture_logs():
        yield Storefront()
    reset_metrics()


def orders(run_id: str = RUN_ID, random_seed: int = 1) -> list[traffic.Order]:
    return list(traffic.orders(run_id, SKUS, 20, SPECIAL_CASES, random_seed))


def test_orders_from_the_same_seed_differ_only_in_their_keys() -> None:
    first, second = orders(), orders(OTHER_RUN_ID)

    assert [order.body for order in first] == [order.body for order in second]
    assert [order.customer_id for order in first] == [order.customer_id for order in second]
    assert {order.idempotency_key for order in first}.isdisjoint(order.idempotency_key for order in second)
    assert [order.body for order in orders(random_seed=2)] != [order.body for order in first]


def test_special_cases_come_first_and_occur_once() -> None:
    all_orders = orders()

    assert [order.scenario for order in all_orders] == [*SPECIAL_CASES, *["capture"] * (20 - len(SPECIAL_CASES))]
    assert [order.body["channel"] for order in all_orders] == ["web", "mobile"] * 10
    assert len({order.idempotency_key for order in all_orders}) == 20


def test_storefront_accepts_every_order(storefront: Storefront) -> None:
    responses = [storefront.place(order) for order in orders()]

    assert [status for status, _ in responses] == [202] * 20
    assert len(storefront.publisher.published) == 20


def test_storefront_rejects_every_invalid_request_as_expected(storefront: Storefront) -> None:
    valid_order = orders()[-1]
    storefront.place(valid_order)
    storefront.orders.record(storefront.publisher.published.pop())
    invalid_requests = traffic.invalid_requests(RUN_ID, valid_order)

    statuses = {one.description: storefront.send(one.headers, one.body)[0] for one in invalid_requests}

    assert statuses == {one.description: one.expected_status for one in invalid_requests}
    assert storefront.publisher.published == []


def test_till_file_is_reproducible_and_differs_between_runs() -> None:
    first, second = (traffic.till_file(RUN_ID, seed.prices(), 3, "2026-03-01", 1)[0] for _ in range(2))

    assert first == second != traffic.till_file(OTHER_RUN_ID, seed.prices(), 3, "2026-03-01", 1)[0]
