"""The migration from the synchronous application: a proxy routes orders to the old or the new application."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from examples.synchronous.migration_proxy import ROUTE, MigrationProxy, rollout_percentile
from examples.synchronous.services import SERVICE_NAMES, Service
from examples.synchronous.shop import Shop as OldShop
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Response
from orderflow_cli.demo.traffic import Order
from tests.e2e.conftest import Shop, order_id, wait_for


@dataclass
class Migration:
    url: str
    old: OldShop
    flags: Path

    def set_share(self, **percentages: int) -> None:
        self.flags.write_text(json.dumps({ROUTE: percentages}))


@pytest.fixture
def migration(shop: Shop, tmp_path: Path) -> Iterator[Migration]:
    flags = tmp_path / "routes.json"
    flags.write_text(json.dumps({ROUTE: {"web": 0, "mobile": 0}}))
    with ExitStack() as stack:
        urls = {name: stack.enter_context(Service(name).serve()).url for name in SERVICE_NAMES}
        old = OldShop(urls)
        old_url = stack.enter_context(old.serve()).url
        yield Migration(stack.enter_context(MigrationProxy(old_url, shop.url, flags).serve()).url, old, flags)


def test_customers_get_the_same_responses_from_either_application(shop: Shop, migration: Migration) -> None:
    orders = [shop.new_order() for _ in range(6)]
    middle = sorted(rollout_percentile(order.customer_id) for order in orders)[3]

    migration.set_share(web=middle)  # the three orders below it go to the new application
    responses = [storefront.place(migration.url, order) for order in orders]

    assert [response.status for response in responses] == [202] * 6
    is_new = [one.document["order_id"] == order_id(order) for order, one in zip(orders, responses, strict=True)]
    assert is_new == [rollout_percentile(order.customer_id) < middle for order in orders]
    assert len(migration.old.orders) == 6 - sum(is_new)
    for order, response, new in zip(orders, responses, is_new, strict=True):
        read = wait_for(lambda order=order, response=response: _read(migration, order, response))
        assert read.document["total"] == response.document["total"]
        if new:
            shop.wait_for_status(order_id(order), "delivered")


def test_order_finishes_in_the_new_system_when_the_share_is_lowered(shop: Shop, migration: Migration) -> None:
    order = shop.new_order()
    migration.set_share(web=100)
    first = storefront.place(migration.url, order)

    migration.set_share(web=0)
    repeated = storefront.place(migration.url, order)

    assert (repeated.status, repeated.document["order_id"]) == (202, first.document["order_id"])
    assert migration.old.orders == {}
    shop.wait_for_status(order_id(order), "delivered")
    assert len(shop.ledger(order_id(order))) == 1


def _read(migration: Migration, order: Order, response: Response) -> Response | None:
    headers = {"X-Customer-Id": order.customer_id}
    read = storefront.request("GET", migration.url + response.document["href"], headers)
    return read if read.status == 200 else None
