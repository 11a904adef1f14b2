"""Who can list which orders, and which requests are rejected. Integration tests cover pagination."""

from typing import Any

import pytest

from tests.support.http import CUSTOMER, document, http_event
from tests.unit.storefront_api.conftest import Storefront
from tests.unit.storefront_api.doubles import post_order


@pytest.fixture
def cursor(storefront: Storefront) -> str:
    """The cursor of CUSTOMER's second page."""
    for key in ("one", "two"):
        storefront.respond(post_order(headers={"idempotency-key": key}))
    for event in storefront.publisher.published:
        storefront.orders.record(event)
    next_cursor: str = document(list_orders(storefront, limit="1"))["next_cursor"]
    return next_cursor


def list_orders(storefront: Storefront, customer: str = CUSTOMER, **query: str) -> dict[str, Any]:
    return storefront.respond(http_event("GET", "/orders", customer=customer, query=query))


def test_cursor_is_valid_only_for_its_customer_and_status(storefront: Storefront, cursor: str) -> None:
    assert len(document(list_orders(storefront, cursor=cursor))["orders"]) == 1
    for response in (
        list_orders(storefront, "mallory", cursor=cursor),
        list_orders(storefront, cursor=cursor, status="placed"),
        *(
            list_orders(storefront, cursor=text)
            for text in ("", "x", "é", cursor[:-4], f"{cursor}AAAA", cursor.swapcase())
        ),
    ):
        assert response["statusCode"] == 400
        assert [error["field"] for error in document(response)["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    "query",
    [{"limit": text} for text in ("0", "101", "-1", "1.5", "1,2", "", " 5", "٣")]
    + [{"status": text} for text in ("", "Placed", "placed,paid", "lost")]
    + [{"customer_id": "somebody-else"}],
)
def test_list_with_an_invalid_parameter_is_rejected(storefront: Storefront, query: dict[str, str]) -> None:
    response = list_orders(storefront, **query)

    assert response["statusCode"] == 400
    assert [error["field"] for error in document(response)["errors"]] == list(query)


@pytest.mark.parametrize(
    ("scope", "status"),
    [("orders", 403), ("", 403), ("orders:support2", 403), ("orders orders:support", 200), ("[a orders:support]", 200)],
)
def test_support_can_list_orders_only_with_its_scope(storefront: Storefront, scope: str, status: int) -> None:
    query = {"customer_id": CUSTOMER}
    event = http_event("GET", "/support/orders", customer="agent-7", scope=scope, query=query)

    assert storefront.respond(event)["statusCode"] == status
