"""Whose orders a list holds, and which requests for one are refused. The pages themselves are tested on a table."""

from typing import Any

import pytest

from tests.support.http import CUSTOMER, document, http_event
from tests.unit.storefront_api.conftest import Storefront
from tests.unit.storefront_api.doubles import post_order


@pytest.fixture
def cursor(storefront: Storefront) -> str:
    """Where CUSTOMER's second page starts."""
    for key in ("one", "two"):
        storefront.respond(post_order(headers={"idempotency-key": key}))
    for event in storefront.publisher.published:
        storefront.orders.record(event)
    found: str = document(listed(storefront, limit="1"))["next_cursor"]
    return found


def listed(storefront: Storefront, customer: str = CUSTOMER, **query: str) -> dict[str, Any]:
    return storefront.respond(http_event("GET", "/orders", customer=customer, query=query))


def test_cursor_is_good_for_its_customer_and_status_only(storefront: Storefront, cursor: str) -> None:
    assert len(document(listed(storefront, cursor=cursor))["orders"]) == 1
    for refused in (
        listed(storefront, "mallory", cursor=cursor),
        listed(storefront, cursor=cursor, status="placed"),
        *(listed(storefront, cursor=text) for text in ("", "x", "é", cursor[:-4], f"{cursor}AAAA", cursor.swapcase())),
    ):
        assert refused["statusCode"] == 400
        assert [error["field"] for error in document(refused)["errors"]] == ["cursor"]


@pytest.mark.parametrize(
    "query",
    [{"limit": text} for text in ("0", "101", "-1", "1.5", "1,2", "", " 5", "٣")]
    + [{"status": text} for text in ("", "Placed", "placed,paid", "lost")]
    + [{"customer_id": "somebody-else"}],
)
def test_list_is_refused_when_a_parameter_is_wrong(storefront: Storefront, query: dict[str, str]) -> None:
    response = listed(storefront, **query)

    assert response["statusCode"] == 400
    assert [error["field"] for error in document(response)["errors"]] == list(query)


@pytest.mark.parametrize(
    ("scope", "status"),
    [("orders", 403), ("", 403), ("orders:support2", 403), ("orders orders:support", 200), ("[a orders:support]", 200)],
)
def test_customers_orders_are_shown_to_others_by_scope_only(storefront: Storefront, scope: str, status: int) -> None:
    query = {"customer_id": CUSTOMER}
    event = http_event("GET", "/support/orders", customer="agent-7", scope=scope, query=query)

    assert storefront.respond(event)["statusCode"] == status
