"""An invalid request gets a 4xx problem document and publishes nothing."""

import json
import re
from typing import Any

import pytest

from storefront_api.problem import INVALID_ORDER
from storefront_api.route import Api
from tests.support.http import document, http_event
from tests.unit.storefront_api.conftest import Storefront
from tests.unit.storefront_api.doubles import order_body, post_order


def order_with_address(**changes: str) -> dict[str, Any]:
    return order_body(shipping_address={**order_body()["shipping_address"], **changes})


def order_with_line(**changes: Any) -> dict[str, Any]:
    return order_body(lines=[{"sku": "PEN", "quantity": 1, **changes}])


INVALID_BODIES = {
    "negative quantity": (order_with_line(quantity=-1), "lines[0].quantity"),
    "no quantity": (order_with_line(quantity=0), "lines[0].quantity"),
    "quantity over the limit": (order_with_line(quantity=1_000), "lines[0].quantity"),
    "quantity as text": (order_with_line(quantity="1"), "lines[0].quantity"),
    "quantity true": (order_with_line(quantity=True), "lines[0].quantity"),
    "unknown SKU": (order_with_line(sku="NO-SUCH-SKU"), "lines[0].sku"),
    "SKU with a trailing line break": (order_with_line(sku="PEN\n"), "lines[0].sku"),
    "price set by the client": (order_with_line(unit_price=1), "lines[0].unit_price"),
    "name set by the client": (order_with_line(name="Pen"), "lines[0].name"),
    "status set by the client": (order_body(status="paid"), "status"),
    "total set by the client": (order_body(total={"amount": 1, "currency": "EUR"}), "total"),
    "order id set by the client": (order_body(order_id="ord_" + "a" * 26), "order_id"),
    "customer set by the client": (order_body(customer_id="somebody"), "customer_id"),
    "no lines": (order_body(lines=[]), "lines"),
    "101 lines": (order_body(lines=[{"sku": "PEN", "quantity": 1}] * 101), "lines"),
    "lines as text": (order_body(lines="PEN"), "lines"),
    "a line as text": (order_body(lines=["PEN"]), "lines[0]"),
    "channel of a till": (order_body(channel="pos"), "channel"),
    "channel as list": (order_body(channel=["web"]), "channel"),
    "address as null": (order_body(shipping_address=None), "shipping_address"),
    "blank city": (order_with_address(city=" \u00a0"), "shipping_address.city"),
    "line break in a name": (order_with_address(name="a\nb"), "shipping_address.name"),
    "long street": (order_with_address(line1="x" * 201), "shipping_address.line1"),
    "email without host": (order_body(contact_email="ada@"), "contact_email"),
    "null email": (order_body(contact_email=None), "contact_email"),
    "a list": ([], "body"),
    "a number": (7, "body"),
}


UNREADABLE_TEXTS = [
    "\u200b", "\u200d\u2060\ufeff", "\u00ad", "\u2800\u3164", "\u115f \uffa0", "\ufe0f", "\u180e\u3000",
    "Ada\u2028Example", "Ada\u2029", "\u202eelpmaxE adA", "Ada \u2066Example\u2069", "A\ufffeB", "A\uffffB", "A\u0085B",
    "\ufff0", "\U000e0001", "\U000e0041\U000e007f", "\U0001d159\U0001d173", "\U0001bca0\U00013430", "\U000e0100",
]  # fmt: skip
VALID_NAMES = [
    "Ada", "Łódź", "東京", "مریم\u200cگل", "👩\u200d🔬", "\u200fשרה", "กรุง\u200bเทพ", "O\u2019Brien", "\ufffdx", "𠮷野",
    "\U0001f3f4\U000e0067\U000e0062\U000e007f",
]  # fmt: skip


@pytest.mark.parametrize("field", ["name", "line1", "line2", "postal_code", "city"])
@pytest.mark.parametrize("text", UNREADABLE_TEXTS, ids=ascii)
def test_unreadable_text_is_rejected(storefront: Storefront, field: str, text: str) -> None:
    response = storefront.respond(post_order(order_with_address(**{field: text})))

    assert response["statusCode"] == 422
    assert [error["field"] for error in document(response)["errors"]] == [f"shipping_address.{field}"]


@pytest.mark.parametrize("text", VALID_NAMES, ids=ascii)
def test_text_of_any_script_is_accepted(storefront: Storefront, text: str) -> None:
    assert storefront.respond(post_order(order_with_address(name=text, city=text)))["statusCode"] == 202
    assert storefront.publisher.published[0]["data"]["shipping_address"]["name"] == text


@pytest.mark.parametrize("country", ["AE", "HK", "IE", "DE"])
def test_postal_code_is_optional(storefront: Storefront, country: str) -> None:
    body = order_with_address(country=country)
    del body["shipping_address"]["postal_code"]

    assert storefront.respond(post_order(body))["statusCode"] == 202
    assert "postal_code" not in storefront.publisher.published[0]["data"]["shipping_address"]


VALID_EMAILS = [
    "info@münchen.example", "ada@例え.テスト", "ada@xn--mnchen-3ya.example", "δοκιμή@παράδειγμα.gr",
    "a@b", "a.b+c@x-y.z",
]  # fmt: skip
INVALID_EMAILS = [
    "ada", "ada@", "@x.de", "a@b@c", "a b@x.de", "a@-x.de", "a@x.de.", "a@x de", "a@x_y", "a@x\u200b.de", "a@ü\n",
    "a@x..de", "a@x-.de", "a@x.-y.de", "a@x\u00ad.de", "a\U000e0041@x.de", "a@" + "x" * 64 + ".de", "\u3164@x.de",
    "a\uffff@x.de", "\u202ea@x.de", "a\u2028b@x.de", "\u200b@x.de", "a\u00adb@x.de",
]  # fmt: skip


@pytest.mark.parametrize("email", [*VALID_EMAILS, *INVALID_EMAILS], ids=ascii)
def test_only_a_valid_email_address_is_accepted(storefront: Storefront, email: str) -> None:
    response = storefront.respond(post_order(order_body(contact_email=email)))

    fields = [error["field"] for error in document(response).get("errors", [])]
    assert fields == ([] if email in VALID_EMAILS else ["contact_email"])


@pytest.mark.parametrize("subject", ["a" * 255, "auth0|ada", "https://id.example/users/ada?x=1"])
def test_any_visible_ascii_token_subject_is_accepted(storefront: Storefront, subject: str) -> None:
    # https://openid.net/specs/openid-connect-core-1_0.html#IDToken: at most 255 ASCII characters
    storefront.respond(post_order(customer=subject))

    assert storefront.publisher.published[0]["data"]["customer_id"] == subject


@pytest.mark.parametrize(("body", "field"), INVALID_BODIES.values(), ids=INVALID_BODIES.keys())
def test_rejection_names_the_field(storefront: Storefront, body: Any, field: str) -> None:
    response = storefront.respond(post_order(body))

    assert response["statusCode"] == 422
    assert document(response)["type"] == INVALID_ORDER.uri
    assert [error["field"] for error in document(response)["errors"]] == [field]
    assert len(storefront.publisher.calls) == 0


def test_every_invalid_field_is_listed(storefront: Storefront) -> None:
    body = order_body(channel="pos", status="paid", lines=[{"sku": "PEN"}, {"sku": "?", "quantity": -1}])
    del body["shipping_address"]["country"]

    response = storefront.respond(post_order(body))

    fields = "channel status lines[0].quantity lines[1].sku lines[1].quantity shipping_address.country"
    assert {error["field"] for error in document(response)["errors"]} == set(fields.split())


def test_number_of_errors_is_limited(storefront: Storefront) -> None:
    body = order_body(**{f"field_{number}": 1 for number in range(3_000)})

    response = storefront.respond(post_order(body))

    assert len(document(response)["errors"]) == 50
    assert "3000 invalid fields" in document(response)["detail"]


INVALID_HEADERS = {
    "no idempotency key": ({"idempotency-key": ""}, 400, "Idempotency-Key"),
    "idempotency key with a blank": ({"idempotency-key": "a b"}, 400, "Idempotency-Key"),
    "idempotency key beyond ASCII": ({"idempotency-key": "kéy"}, 400, "Idempotency-Key"),
    "long idempotency key": ({"idempotency-key": "k" * 129}, 400, "Idempotency-Key"),
    "text": ({"content-type": "text/plain"}, 415, None),
}


@pytest.mark.parametrize(("headers", "status", "field"), INVALID_HEADERS.values(), ids=INVALID_HEADERS.keys())
def test_invalid_header_is_rejected(storefront: Storefront, headers: Any, status: int, field: str | None) -> None:
    response = storefront.respond(post_order(headers=headers))

    assert response["statusCode"] == status
    assert [error["field"] for error in document(response).get("errors", [])] == ([field] if field else [])
    assert (storefront.publisher.calls, storefront.orders.reads) == ([], 0)


@pytest.mark.parametrize("customer", [None, "", "a b", "x" * 256, "a\x1fb"])
def test_caller_without_a_valid_subject_is_unauthenticated(storefront: Storefront, customer: str | None) -> None:
    post_response = storefront.respond(post_order(customer=customer))
    get_response = storefront.respond(http_event("GET", "/orders/ord_" + "a" * 26, customer=customer))

    assert post_response["statusCode"] == get_response["statusCode"] == 401
    assert post_response["headers"]["www-authenticate"] == "Bearer"
    assert (storefront.publisher.calls, storefront.orders.reads) == ([], 0)


def test_customer_header_is_ignored_when_tokens_are_used(storefront: Storefront) -> None:
    response = storefront.respond(post_order(customer=None, headers={"x-customer-id": "ada"}))

    assert response["statusCode"] == 401


def test_customer_header_is_used_in_the_local_environment(storefront: Storefront) -> None:
    local_api = Api(storefront.orders, storefront.api.catalog, storefront.publisher, "header")

    response = local_api.respond(post_order(customer=None, headers={"X-Customer-Id": "ada"}), lambda: 10_000)

    assert response["statusCode"] == 202
    assert storefront.publisher.published[0]["data"]["customer_id"] == "ada"


def test_values_of_a_rejected_request_are_not_returned_or_logged(storefront: Storefront) -> None:
    canary = "CANARY-7f3a"
    address = {**order_body()["shipping_address"], "name": canary, "city": f"{canary}\n"}
    requests = [
        post_order(order_body(shipping_address=address, channel=canary, contact_email=canary)),
        post_order(order_body(**{f"{canary} with blanks": canary})),
        post_order(order_with_line(sku=canary)),
        post_order(text=f'{{"{canary}": 1, "{canary}": 2}}'),
        post_order({**order_body(), "channel": 1}, headers={"x-correlation-id": f"{canary} "}),
        post_order(headers={"idempotency-key": f"{canary} "}),
        post_order(headers={"content-type": canary}),
        http_event("GET", f"/orders/{canary}"),
        http_event(canary, "/orders"),
    ]

    responses = [storefront.respond(request) for request in requests]

    assert {response["statusCode"] for response in responses} == {400, 404, 405, 415, 422}
    assert canary not in json.dumps(responses)
    assert canary not in storefront.logs.text


def test_customer_data_of_an_accepted_order_is_not_logged(storefront: Storefront) -> None:
    storefront.respond(post_order())

    assert "Order accepted" in storefront.logs.text
    assert not re.search(r"Ada Example|Elbchaussee|ada@example|auth0", storefront.logs.text)
