"""The API document matches the function: the tests produce every documented response and validate it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate as validate_document

import storefront_api
from common.http_api import Problem, ProblemType
from common.http_api import problem as api_problem
from common.http_api.request import MAX_BODY_BYTES
from storefront_api import problem
from storefront_api.list import DEFAULT_LIMIT, MAX_LIMIT, STATUSES
from storefront_api.price import Catalog
from storefront_api.route import Api
from storefront_api.validate import MAX_ERRORS, validate_order
from tests.support.http import CUSTOMER, document, http_event
from tests.unit.storefront_api.conftest import Storefront
from tests.unit.storefront_api.doubles import CATALOG, order_body, post_order

DOCUMENT: dict[str, Any] = json.loads(
    Path(storefront_api.__file__).with_name("generated").joinpath("openapi.json").read_text("utf-8")
)


def resolve(node: Any) -> Any:
    """Return `node` of the document with its references resolved."""
    if isinstance(node, Mapping):
        if "$ref" in node:
            target: Any = DOCUMENT
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return resolve(target)
        return {name: resolve(value) for name, value in node.items()}
    return [resolve(value) for value in node] if isinstance(node, list) else node


OPERATIONS = {
    operation["operationId"]: {"path": path, "method": method.upper(), **resolve(operation)}
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}
REQUEST_SCHEMA = OPERATIONS["placeOrder"]["requestBody"]["content"]["application/json"]["schema"]


def assert_documented(operation: str, status: str, response: Mapping[str, Any]) -> None:
    """Assert that status, headers and body of a response match the document."""
    documented_response = OPERATIONS[operation]["responses"][status]
    headers = response["headers"]
    assert str(response["statusCode"]) == status
    for name, header in documented_response["headers"].items():
        assert name.lower() in headers
        jsonschema.validate(headers[name.lower()], header["schema"])
    (content_type,) = documented_response["content"]
    assert headers["content-type"] == content_type
    jsonschema.validate(document(response), documented_response["content"][content_type]["schema"])


def record_order(storefront: Storefront) -> str:
    """Return the path of a recorded order with a payment, a refund, a shipment and a cancel reason."""
    storefront.respond(post_order())
    event = storefront.publisher.published[0]
    storefront.orders.record(event)
    item = storefront.orders.items[event["data"]["order_id"]]
    time, money = item["placed_at"], {"amount": 1, "currency": "EUR"}
    item |= {
        "payments": {"p": {**money, "captured_at": time, "method": "card"}},
        "refunds": {"r": {**money, "payment_id": "p", "reason": "double_charge", "state": "due"}},
        "shipment": {"shipment_id": "s", "shipped_at": time},
        "cancel_reason": "out_of_stock",
    }
    return f"/orders/{item['order_id']}"


def post_with_failure(storefront: Storefront, **failure: Any) -> dict[str, Any]:
    for name, value in failure.items():
        setattr(storefront.publisher, name, value)
    return storefront.respond(post_order())


def get_with_failure(storefront: Storefront, error: Exception | None, path: str = "", **options: Any) -> dict[str, Any]:
    path = path or record_order(storefront)
    storefront.orders.is_down, storefront.orders.error = True, error
    return storefront.respond(http_event("GET", path, **options))


SUPPORT_OPTIONS: Any = {"path": "/support/orders", "scope": "orders:support", "query": {"customer_id": CUSTOMER}}


def support_request(**changes: Any) -> dict[str, Any]:
    return http_event("GET", **{**SUPPORT_OPTIONS, **changes})


def list_page(storefront: Storefront, path: str = "/orders", **options: Any) -> dict[str, Any]:
    """Return the first of two pages; its only order has every attribute of a summary."""
    record_order(storefront)
    for order_id, item in list(storefront.orders.items.items()):
        storefront.orders.items[f"{order_id[:-1]}a"] = {**item, "order_id": f"{order_id[:-1]}a"}
    options["query"] = {**options.get("query", {}), "limit": "1"}
    return storefront.respond(http_event("GET", path, **options))


def cancel_order(
    storefront: Storefront, status: str = "paid", customer: str | None = CUSTOMER, **failure: Any
) -> dict[str, Any]:
    path = record_order(storefront)
    storefront.orders.items[path.rpartition("/")[2]]["status"] = status
    for name, value in failure.items():
        setattr(storefront.publisher, name, value)
    return storefront.respond(http_event("POST", f"{path}/cancel", customer=customer))


def exceed_hourly_limit(storefront: Storefront) -> dict[str, Any]:
    record_order(storefront)
    api = Api(storefront.orders, CATALOG, storefront.publisher, "jwt", orders_per_hour=1)
    return api.respond(post_order(headers={"idempotency-key": "another"}), lambda: 10_000)


RESPONSES: dict[tuple[str, str], Callable[[Storefront], dict[str, Any]]] = {
    ("placeOrder", "202"): lambda shop: shop.respond(post_order()),
    ("placeOrder", "400"): lambda shop: shop.respond(post_order(headers={"idempotency-key": ""})),
    ("placeOrder", "401"): lambda shop: shop.respond(post_order(customer=None)),
    ("placeOrder", "413"): lambda shop: shop.respond(post_order(text=" " * 65_537)),
    ("placeOrder", "415"): lambda shop: shop.respond(post_order(headers={"content-type": "text/csv"})),
    ("placeOrder", "422"): lambda shop: shop.respond(post_order(order_body(status="paid"))),
    ("placeOrder", "500"): lambda shop: post_with_failure(shop, error=RuntimeError()),
    ("placeOrder", "503"): lambda shop: post_with_failure(shop, outage="unavailable"),
    ("placeOrder", "429"): exceed_hourly_limit,
    ("listOrders", "200"): list_page,
    ("listOrders", "400"): lambda shop: shop.respond(http_event("GET", "/orders", query={"cursor": "x"})),
    ("listOrders", "401"): lambda shop: shop.respond(http_event("GET", "/orders", customer=None)),
    ("listOrders", "500"): lambda shop: get_with_failure(shop, RuntimeError(), "/orders"),
    ("listOrders", "503"): lambda shop: get_with_failure(shop, None, "/orders"),
    ("listOrdersOfCustomer", "200"): lambda shop: list_page(shop, **SUPPORT_OPTIONS),
    ("listOrdersOfCustomer", "400"): lambda shop: shop.respond(support_request(query={})),
    ("listOrdersOfCustomer", "401"): lambda shop: shop.respond(support_request(customer=None)),
    ("listOrdersOfCustomer", "403"): lambda shop: shop.respond(support_request(scope="orders")),
    ("listOrdersOfCustomer", "500"): lambda shop: get_with_failure(shop, RuntimeError(), **SUPPORT_OPTIONS),
    ("listOrdersOfCustomer", "503"): lambda shop: get_with_failure(shop, None, **SUPPORT_OPTIONS),
    ("cancelOrder", "202"): cancel_order,
    ("cancelOrder", "401"): lambda shop: cancel_order(shop, customer=None),
    ("cancelOrder", "404"): lambda shop: cancel_order(shop, customer="somebody-else"),
    ("cancelOrder", "409"): lambda shop: cancel_order(shop, "shipped"),
    ("cancelOrder", "500"): lambda shop: cancel_order(shop, error=RuntimeError()),
    ("cancelOrder", "503"): lambda shop: cancel_order(shop, outage="unavailable"),
    ("readOrder", "200"): lambda shop: shop.respond(http_event("GET", record_order(shop))),
    ("readOrder", "401"): lambda shop: shop.respond(http_event("GET", record_order(shop), customer=None)),
    ("readOrder", "404"): lambda shop: shop.respond(http_event("GET", record_order(shop), customer="somebody-else")),
    ("readOrder", "500"): lambda shop: get_with_failure(shop, RuntimeError()),
    ("readOrder", "503"): lambda shop: get_with_failure(shop, None),
}


def test_document_is_valid_openapi() -> None:
    validate_document(DOCUMENT)


@pytest.mark.parametrize(
    ("operation", "status"), [(name, status) for name, each in OPERATIONS.items() for status in each["responses"]]
)
def test_every_documented_response_is_produced(storefront: Storefront, operation: str, status: str) -> None:
    assert_documented(operation, status, RESPONSES[operation, status](storefront))


def test_link_leads_to_the_accepted_order(storefront: Storefront) -> None:
    accepted_response = storefront.respond(post_order())
    storefront.orders.record(storefront.publisher.published[0])

    statuses = {}
    for name, link in OPERATIONS["placeOrder"]["responses"]["202"]["links"].items():
        assert link["parameters"] == {"order_id": "$response.body#/order_id"}
        operation = OPERATIONS[link["operationId"]]
        path = operation["path"].format(order_id=document(accepted_response)["order_id"])
        statuses[name] = storefront.respond(http_event(operation["method"], path))["statusCode"]
    assert statuses == {"readOrder": 200, "cancelOrder": 202}


def test_example_order_is_valid() -> None:
    jsonschema.validate(REQUEST_SCHEMA["examples"][0], REQUEST_SCHEMA)

    Catalog.load().price(validate_order(REQUEST_SCHEMA["examples"][0])["lines"])


def test_problem_types_are_documented() -> None:
    types = {
        kind.uri for module in (api_problem, problem) for kind in vars(module).values() if isinstance(kind, ProblemType)
    }

    assert types == set(DOCUMENT["components"]["schemas"]["Problem"]["properties"]["type"]["enum"])


def test_limits_and_statuses_are_documented() -> None:
    assert DOCUMENT["components"]["schemas"]["Problem"]["properties"]["errors"]["maxItems"] == MAX_ERRORS
    limit = DOCUMENT["components"]["parameters"]["Limit"]["schema"]
    assert (limit["maximum"], limit["default"]) == (MAX_LIMIT, DEFAULT_LIMIT)
    assert tuple(DOCUMENT["components"]["schemas"]["Status"]["enum"]) == STATUSES
    assert f"{MAX_BODY_BYTES:,}" in OPERATIONS["placeOrder"]["requestBody"]["description"]


def match_pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    # In JSON Schema `$` is the end of the text; in Python's `re` it also matches before a last line break.
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield jsonschema.ValidationError("does not match")


OpenApiValidator = jsonschema.validators.extend(jsonschema.Draft4Validator, {"pattern": match_pattern})
REQUEST_VALIDATOR = OpenApiValidator(REQUEST_SCHEMA)

SAMPLE_TEXTS = st.sampled_from(["web", "DE", "DE\n", "PEN", " "])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 1_001) | st.text(max_size=5) | SAMPLE_TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS: list[tuple[str | int, ...]] = [
    *((name,) for name in ("channel", "lines", "shipping_address", "contact_email", "extra")),
    *(("lines", 0), ("lines", 0, "sku"), ("lines", 1, "quantity"), ("lines", 1, "extra")),
    *(("shipping_address", name) for name in ("name", "postal_code", "country", "line2")),
]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(FIELDS), value=JSON_VALUES | st.text(min_size=195, max_size=205), is_dropped=st.booleans())
def test_document_and_code_agree_on_which_orders_are_valid(
    path: tuple[str | int, ...], value: Any, is_dropped: bool
) -> None:
    body = order_body()
    parent: Any = body
    for part in path[:-1]:
        parent = parent[part]
    if is_dropped and (isinstance(path[-1], int) or path[-1] in parent):
        del parent[path[-1]]
    else:
        parent[path[-1]] = value

    try:
        validate_order(body)
        is_accepted = True
    except Problem:
        is_accepted = False

    assert is_accepted == REQUEST_VALIDATOR.is_valid(body)
