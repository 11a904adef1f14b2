"""The migration from the synchronous application: a proxy routes orders to the old or the new application."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from examples.synchronous.migration_proxy import ROUTE, MigrationProxy, rollout_bucket
from examples.synchronous.services import SERVICE_NAMES, Service
from examples.synchronous.shop import Shop as OldShop
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Response
from orderflow_cli.demo.traffic import Order
from tests.e2e.conftest import Shop, order_id, wait_for


@dataclass
class Migration:
    url: str
    old_shop: OldShop
    routes_path: Path

    def set_percentages(self, **percentages: int) -> None:
        self.routes_path.write_text(json.dumps({ROUTE: percentages}))


@pytest.fixture
def migration(shop: Shop, tmp_path: Path) -> Iterator[Migration]:
    routes_path = tmp_path / "routes.json"
    routes_path.write_text(json.dumps({ROUTE: {"web": 0, "mobile": 0}}))
    with ExitStack() as stack:
        urls = {name: stack.enter_context(Service(name).serve()).url for name in SERVICE_NAMES}
        old_shop = OldShop(urls)
        proxy = MigrationProxy(stack.enter_context(old_shop.serve()).url, shop.url, routes_path)
        yield Migration(stack.enter_context(proxy.serve()).url, old_shop, routes_path)


def test_customers_get_the_same_responses_from_either_application(shop: Shop, migration: Migration) -> None:
    orders = [shop.new_order() for _ in range(6)]
    web_percentage = sorted(rollout_bucket(order.customer_id) for order in orders)[3]

    migration.set_percentages(web=web_percentage)  # three orders go to the new application
    responses = [storefront.place(migration.url, order) for order in orders]

    assert [response.status for response in responses] == [202] * 6
    in_new_shop = [one.document["order_id"] == order_id(order) for order, one in zip(orders, responses, strict=True)]
    assert in_new_shop == [rollout_bucket(order.customer_id) < web_percentage for order in orders]
    assert len(migration.old_shop.orders) == 6 - sum(in_new_shop)
    for order, response, is_in_new_shop in zip(orders, responses, in_new_shop, strict=True):
        order_response = wait_for(lambda order=order, response=response: _read(migration, order, response))
        assert order_response.document["total"] == response.document["total"]
        if is_in_new_shop:
            shop.wait_for_status(order_id(order), "delivered")


def test_order_finishes_in_the_new_application_when_the_percentage_falls(shop: Shop, migration: Migration) -> None:
    order = shop.new_order()
    migration.set_percentages(web=100)
    first_response = storefront.place(migration.url, order)

    migration.set_percentages(web=0)
    repeated_response = storefront.place(migration.url, order)

    assert repeated_response.status == 202
    assert repeated_response.document["order_id"] == first_response.document["order_id"]
    assert migration.old_shop.orders == {}
    shop.wait_for_status(order_id(order), "delivered")
    assert len(shop.ledger(order_id(order))) == 1


def _read(migration: Migration, order: Order, response: Response) -> Response | None:
    headers = {"X-Customer-Id": order.customer_id}
    order_response = storefront.request("GET", migration.url + response.document["href"], headers)
    return order_response if order_response.status == 200 else None
