"""An order is priced from the catalog and accepted once, even if a request is repeated or fails."""

import json

import pytest

from contracts import MAX_ORDER_LINES, validate
from contracts.ids import order_id
from storefront_api.price import Catalog
from storefront_api.route import Api
from tests.support.http import CUSTOMER, document, http_event
from tests.unit.storefront_api.conftest import Storefront
from tests.unit.storefront_api.doubles import CATALOG, order_body, post_order


def test_valid_order_is_accepted_and_published(storefront: Storefront) -> None:
    response = storefront.respond(post_order(headers={"x-correlation-id": "checkout-7"}))

    expected_id = order_id("online", CUSTOMER, "key-1")
    assert response["statusCode"] == 202
    assert document(response) == {
        "order_id": expected_id,
        "status": "accepted",
        "total": {"amount": 1_695, "currency": "EUR"},
        "href": f"/orders/{expected_id}",
    }
    assert response["headers"]["location"] == f"/orders/{expected_id}"
    assert response["headers"]["x-correlation-id"] == "checkout-7"
    (event,) = storefront.publisher.published
    validate(event, "OrderPlaced")
    assert event["metadata"]["producer"] == "storefront_api"
    assert event["metadata"]["correlation_id"] == "checkout-7"
    assert event["data"]["customer_id"] == CUSTOMER
    assert event["data"]["lines"] == [
        {"sku": "PEN", "name": "Pen", "quantity": 2, "unit_price": 250},
        {"sku": "INK", "name": "Ink", "quantity": 1, "unit_price": 1_195},
    ]
    assert event["data"]["shipping_address"] == order_body()["shipping_address"]
    assert event["data"]["contact_email"] == "ada@example.org"


def test_repeated_request_for_a_recorded_order_publishes_nothing(storefront: Storefront) -> None:
    first = storefront.respond(post_order())
    storefront.orders.record(storefront.publisher.published[0])

    second = storefront.respond(post_order())

    assert (second["statusCode"], document(second)) == (202, document(first))
    assert len(storefront.publisher.calls) == 1


def test_repeated_request_gets_the_first_total_after_a_price_change(storefront: Storefront) -> None:
    storefront.respond(post_order())
    storefront.orders.record(storefront.publisher.published[0])
    catalog_with_higher_price = Catalog("EUR", {"PEN": {"name": "Pen", "unit_price": 999}})
    later_api = Api(storefront.orders, catalog_with_higher_price, storefront.publisher, "jwt")

    response = later_api.respond(post_order(), lambda: 10_000)

    assert response["statusCode"] == 202
    assert document(response)["total"]["amount"] == 1_695


def test_repeated_request_publishes_the_same_event_when_its_items_are_no_longer_sold(storefront: Storefront) -> None:
    storefront.publisher.outage = "unavailable"
    assert storefront.respond(post_order())["statusCode"] == 503
    storefront.publisher.outage = None
    first_response = storefront.respond(post_order(headers={"x-correlation-id": "one"}))
    later_api = Api(storefront.orders, Catalog("EUR", {}), storefront.publisher, "jwt")

    second_response = later_api.respond(post_order(headers={"x-correlation-id": "one"}), lambda: 10_000)

    assert storefront.publisher.published[0] == storefront.publisher.published[1]
    assert document(first_response) == document(second_response)


def test_white_space_and_field_order_do_not_change_the_hash(storefront: Storefront) -> None:
    body = order_body()
    reversed_body = {name: body[name] for name in reversed(body)}

    storefront.respond(post_order(text=json.dumps(body)))
    storefront.respond(post_order(text=json.dumps(reversed_body, indent=2)))

    first, second = storefront.publisher.published
    assert first["data"]["request_hash"] == second["data"]["request_hash"]


@pytest.mark.parametrize("is_recorded", [False, True])
def test_second_body_with_the_same_key_is_rejected(storefront: Storefront, is_recorded: bool) -> None:
    storefront.respond(post_order())
    if is_recorded:
        storefront.orders.record(storefront.publisher.published[0])

    response = storefront.respond(post_order(order_body(channel="mobile")))

    assert response["statusCode"] == 422
    assert document(response)["type"] == "urn:orderflow:problem:idempotency-conflict"
    assert len(storefront.publisher.published) == 1


def test_order_over_the_hourly_limit_is_rejected_and_stores_no_claim(storefront: Storefront) -> None:
    api = Api(storefront.orders, CATALOG, storefront.publisher, "jwt", orders_per_hour=2)

    def place_orders(*keys: str, customer: str = CUSTOMER) -> list[int]:
        codes = []
        for key in keys:
            request = post_order(headers={"idempotency-key": key}, customer=customer)
            codes.append(api.respond(request, lambda: 10_000)["statusCode"])
            for event in storefront.publisher.published:
                storefront.orders.record(event)
        return codes

    assert place_orders("a", "b", "c", "a") == [202, 202, 429, 202]
    assert place_orders("c", customer="somebody-else") == [202]
    assert len(storefront.orders.claims) == len(storefront.orders.items) == 3
    for item in storefront.orders.items.values():
        item["placed_at"] = "2026-03-01T09:30:00.000Z"
    assert place_orders("c") == [202]


def test_same_key_of_two_customers_gives_two_orders(storefront: Storefront) -> None:
    first = storefront.respond(post_order(customer="ada"))
    second = storefront.respond(post_order(customer="grace"))

    assert document(first)["order_id"] != document(second)["order_id"]


def test_everything_in_the_catalog_can_be_ordered(storefront: Storefront) -> None:
    catalog = Catalog.load()
    api = Api(storefront.orders, catalog, storefront.publisher, "jwt")

    for sku in catalog.items:
        body, headers = order_body(lines=[{"sku": sku, "quantity": 999}]), {"idempotency-key": sku}
        assert api.respond(post_order(body, headers=headers), lambda: 10_000)["statusCode"] == 202


def test_nothing_is_published_when_the_table_is_unavailable(storefront: Storefront) -> None:
    storefront.orders.is_down = True

    response = storefront.respond(post_order())

    assert response["statusCode"] == 503
    assert len(storefront.publisher.calls) == 0


def test_request_body_of_maximum_size_is_accepted(storefront: Storefront) -> None:
    address = dict.fromkeys(("name", "line1", "line2", "city"), "ß" * 200)
    body = order_body(
        lines=[{"sku": "PEN", "quantity": 999}] * MAX_ORDER_LINES,
        shipping_address={**address, "postal_code": "Ω" * 20, "country": "DE"},
    )
    text = json.dumps(body)
    text += " " * (65_536 - len(text))

    response = storefront.respond(post_order(text=text))

    assert response["statusCode"] == 202
    assert len(storefront.publisher.published[0]["data"]["lines"]) == MAX_ORDER_LINES


def test_order_that_becomes_too_large_with_product_names_is_rejected(storefront: Storefront) -> None:
    catalog = Catalog("EUR", {"PEN": {"name": "\N{MEMO}" * 200, "unit_price": 1}})
    api = Api(storefront.orders, catalog, storefront.publisher, "jwt")
    body = order_body(lines=[{"sku": "PEN", "quantity": 1}] * MAX_ORDER_LINES)

    response = api.respond(post_order(body), lambda: 10_000)

    assert response["statusCode"] == 422
    assert document(response)["type"] == "urn:orderflow:problem:order-too-large"
    assert "65536 bytes" in document(response)["detail"]
    assert len(storefront.publisher.calls) == 0


@pytest.mark.parametrize("base", ["/v1", "/shop"])
def test_link_to_the_order_has_the_base_path(storefront: Storefront, base: str) -> None:
    response = storefront.respond(post_order(base=base))
    storefront.orders.record(storefront.publisher.published[0])

    assert document(response)["href"] == response["headers"]["location"]
    path = response["headers"]["location"].removeprefix(base)
    assert path != response["headers"]["location"]
    assert storefront.respond(http_event("GET", path, base=base))["statusCode"] == 200


@pytest.mark.parametrize("quantity", [1, 999])
def test_order_with_only_free_items_is_rejected(storefront: Storefront, quantity: int) -> None:
    catalog = Catalog("EUR", {"GIFT": {"name": "Gift", "unit_price": 0}, "PEN": {"name": "Pen", "unit_price": 250}})
    api = Api(storefront.orders, catalog, storefront.publisher, "jwt")
    gift, pen = {"sku": "GIFT", "quantity": quantity}, {"sku": "PEN", "quantity": 1}

    error_response = api.respond(post_order(order_body(lines=[gift])), lambda: 10_000)
    success_response = api.respond(post_order(order_body(lines=[gift, pen])), lambda: 10_000)

    assert (error_response["statusCode"], success_response["statusCode"]) == (422, 202)
    assert [error["field"] for error in document(error_response)["errors"]] == ["lines"]
