"""Customers can read the public view of their own orders."""

from typing import Any

import pytest

from tests.support.http import CUSTOMER, document, http_event
from tests.unit.storefront_api.conftest import Storefront
from tests.unit.storefront_api.doubles import order_body, post_order

HIDDEN_FIELDS = {"applied", "request_hash", "due_shard", "expires_at", "last_event_id", "correlation_id", "customer_id"}


@pytest.fixture
def item(storefront: Storefront) -> dict[str, Any]:
    storefront.respond(post_order())
    event = storefront.publisher.published[0]
    storefront.orders.record(event)
    return storefront.orders.items[event["data"]["order_id"]]


def read_order(storefront: Storefront, order_id: str, customer: str = CUSTOMER) -> dict[str, Any]:
    return storefront.respond(http_event("GET", f"/orders/{order_id}", customer=customer))


def test_own_order_is_returned_without_internal_fields(storefront: Storefront, item: dict[str, Any]) -> None:
    response = read_order(storefront, item["order_id"])

    order = document(response)
    assert response["statusCode"] == 200
    assert response["headers"]["etag"] == '"1"'
    assert order["status"] == "placed"
    assert order["total"] == {"amount": 1_695, "currency": "EUR"}
    assert order["shipping_address"] == order_body()["shipping_address"]
    assert not HIDDEN_FIELDS & order.keys()


def test_payments_and_refunds_are_returned_as_lists(storefront: Storefront, item: dict[str, Any]) -> None:
    time = "2026-03-01T09:30:00.000Z"
    item["payments"] = {"pay-1": {"amount": 1_695, "currency": "EUR", "captured_at": time, "method": "card"}}
    refund = {
        "amount": 1_695,
        "currency": "EUR",
        "reason": "late_capture",
        "state": "completed",
        "completed_at": time,
    }
    item["refunds"] = {"rfd_1": {"payment_id": "pay-1", **refund}}

    order = document(read_order(storefront, item["order_id"]))

    assert order["payments"] == [{"amount": 1_695, "currency": "EUR", "captured_at": time}]
    assert order["refunds"] == [refund]


def test_order_of_another_customer_looks_like_an_unknown_order(storefront: Storefront, item: dict[str, Any]) -> None:
    other_customer_response = read_order(storefront, item["order_id"], customer="mallory")
    unknown_order_response = read_order(storefront, "ord_" + "a" * 26, customer="mallory")

    other_customer_problem, unknown_order_problem = document(other_customer_response), document(unknown_order_response)
    assert other_customer_response["statusCode"] == unknown_order_response["statusCode"] == 404
    assert other_customer_problem.pop("correlation_id") != unknown_order_problem.pop("correlation_id")
    assert other_customer_problem == unknown_order_problem


def test_till_receipt_is_never_returned(storefront: Storefront, item: dict[str, Any]) -> None:
    item.update(channel="pos", customer_id="walk-in")

    assert read_order(storefront, item["order_id"], customer="walk-in")["statusCode"] == 404
