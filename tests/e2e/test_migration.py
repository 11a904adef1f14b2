"""The move from the synchronous application: one front door, two applications behind it, nobody notices which."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from examples.synchronous.front_door import ROUTE, FrontDoor, share_of
from examples.synchronous.services import NAMES, Service
from examples.synchronous.shop import Shop as OldShop
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Answer
from orderflow_cli.demo.traffic import Order
from tests.e2e.conftest import Shop, order_id, wait_for


@dataclass
class Move:
    url: str
    old: OldShop
    flags: Path

    def share(self, **percentages: int) -> None:
        self.flags.write_text(json.dumps({ROUTE: percentages}))


@pytest.fixture
def move(shop: Shop, tmp_path: Path) -> Iterator[Move]:
    flags = tmp_path / "routes.json"
    flags.write_text(json.dumps({ROUTE: {"web": 0, "mobile": 0}}))
    with ExitStack() as stack:
        urls = {name: stack.enter_context(Service(name).serve()).url for name in NAMES}
        old = OldShop(urls)
        old_url = stack.enter_context(old.serve()).url
        yield Move(stack.enter_context(FrontDoor(old_url, shop.url, flags).serve()).url, old, flags)


def test_customers_are_served_alike_whichever_application_takes_their_orders(shop: Shop, move: Move) -> None:
    orders = [shop.new_order() for _ in range(6)]
    middle = sorted(share_of(order.customer_id) for order in orders)[3]

    move.share(web=middle)  # three of them, those below it, go the new way
    answers = [storefront.place(move.url, order) for order in orders]

    assert [answer.status for answer in answers] == [202] * 6
    went_new = [answer.document["order_id"] == order_id(order) for order, answer in zip(orders, answers, strict=True)]
    assert went_new == [share_of(order.customer_id) < middle for order in orders]
    assert len(move.old.orders) == 6 - sum(went_new)
    for order, answer, new in zip(orders, answers, went_new, strict=True):
        shown = wait_for(lambda order=order, answer=answer: _read(move, order, answer))
        assert shown.document["total"] == answer.document["total"]
        if new:
            shop.wait_for_status(order_id(order), "delivered")


def test_order_ends_in_the_new_system_when_the_share_is_lowered(shop: Shop, move: Move) -> None:
    order = shop.new_order()
    move.share(web=100)
    first = storefront.place(move.url, order)

    move.share(web=0)
    again = storefront.place(move.url, order)

    assert (again.status, again.document["order_id"]) == (202, first.document["order_id"])
    assert move.old.orders == {}
    shop.wait_for_status(order_id(order), "delivered")
    assert len(shop.ledger(order_id(order))) == 1


def _read(move: Move, order: Order, answer: Answer) -> Answer | None:
    headers = {"X-Customer-Id": order.customer_id}
    found = storefront.request("GET", move.url + answer.document["href"], headers)
    return found if found.status == 200 else None
