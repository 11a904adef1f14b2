"""Cancellation of an order by its customer."""

import pytest

from contracts import validate
from tests.support.http import http_event
from tests.unit.storefront_api.conftest import Storefront
from tests.unit.storefront_api.doubles import post_order


@pytest.mark.parametrize(
    ("status", "is_requested", "status_code", "is_published"),
    [
        ("placed", False, 202, True),
        ("paid", False, 202, True),
        ("paid", True, 202, False),
        *((status, False, 202, False) for status in ("cancelled", "refunding", "refunded")),
        ("shipped", True, 409, False),
        ("delivered", False, 409, False),
    ],
)
def test_own_order_can_be_cancelled_until_it_is_shipped(
    storefront: Storefront, status: str, is_requested: bool, status_code: int, is_published: bool
) -> None:
    storefront.respond(post_order())
    storefront.orders.record(storefront.publisher.published.pop())
    ((order_id, item),) = storefront.orders.items.items()
    item |= {"status": status} | ({"cancel_requested_at": item["placed_at"]} if is_requested else {})

    other_customer_response = storefront.respond(http_event("POST", f"/orders/{order_id}/cancel", customer="mallory"))
    assert (other_customer_response["statusCode"], storefront.publisher.published) == (404, [])
    responses = [storefront.respond(http_event("POST", f"/orders/{order_id}/cancel")) for _ in range(2)]

    assert [each["statusCode"] for each in responses] == [status_code] * 2
    events = storefront.publisher.published
    assert len({event["metadata"]["event_id"] for event in events}) == is_published
    for event in events:
        validate(event, "OrderCancellationRequested")
        assert event["data"] == {"order_id": order_id, "seen_status": status}
