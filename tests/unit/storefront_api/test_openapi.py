"""The API document is what the function does: every documented response is produced here and checked against it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import validate as validate_document

import storefront_api
from common.errors import TransientError
from contracts import MAX_ORDER_LINES
from storefront_api import parse, problem, route, validate
from storefront_api.problem import Kind, Problem
from storefront_api.validate import check_order
from tests.unit.storefront_api.conftest import Storefront
from tests.unit.storefront_api.doubles import OrdersDouble, document, http_event, order_body, post_order

DOCUMENT: dict[str, Any] = yaml.safe_load(Path(storefront_api.__file__).with_name("openapi.yaml").read_text())
CONTRACTS = Path(storefront_api.__file__).parents[1] / "contracts" / "schemas" / "common.v1.json"


def resolved(node: Any, source: Mapping[str, Any] = DOCUMENT) -> Any:
    """`node` of a document with its references put in place."""
    if isinstance(node, Mapping):
        if "$ref" in node:
            target: Any = source
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            return resolved(target, source)
        return {name: resolved(value, source) for name, value in node.items()}
    return [resolved(value, source) for value in node] if isinstance(node, list) else node


OPERATIONS = {
    operation["operationId"]: {"path": path, "method": method.upper(), **resolved(operation)}
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
}


def assert_documented(operation: str, response: Mapping[str, Any]) -> None:
    """Check status, headers and body of a response against what the document says of it."""
    documented = OPERATIONS[operation]["responses"][str(response["statusCode"])]
    headers = response["headers"]
    for name, header in documented["headers"].items():
        assert name.lower() in headers
        jsonschema.validate(headers[name.lower()], header["schema"])
    (content_type,) = documented["content"]
    assert headers["content-type"] == content_type
    jsonschema.validate(document(response), documented["content"][content_type]["schema"])


def order_id_of_recorded(storefront: Storefront) -> str:
    storefront.answer(post_order())
    event = storefront.publisher.published[0]
    storefront.orders.record(event)
    item = storefront.orders.items[event["data"]["order_id"]]
    moment = item["placed_at"]
    item["payments"] = {"p": {"amount": 1, "currency": "EUR", "captured_at": moment, "method": "card"}}
    item["refunds"] = {
        "r": {"payment_id": "p", "amount": 1, "currency": "EUR", "reason": "double_charge", "state": "due"}
    }
    item["shipment"] = {"shipment_id": "s", "shipped_at": moment}
    item["cancel_reason"] = "out_of_stock"
    return str(item["order_id"])


def failing_orders(error: Exception) -> OrdersDouble:
    class Failing(OrdersDouble):
        def find(self, order_id: str) -> dict[str, Any] | None:
            raise error

    return Failing()


def place_with(storefront: Storefront, status: str) -> dict[str, Any]:
    """Bring about each documented answer to POST /orders."""
    match status:
        case "202":
            return storefront.answer(post_order())
        case "400":
            return storefront.answer(post_order(headers={"idempotency-key": ""}))
        case "401":
            return storefront.answer(post_order(customer=None))
        case "413":
            return storefront.answer(post_order(text=" " * 65_537))
        case "415":
            return storefront.answer(post_order(headers={"content-type": "text/csv"}))
        case "422":
            return storefront.answer(post_order(order_body(status="paid")))
        case "500":
            storefront.publisher.error = RuntimeError()
            return storefront.answer(post_order())
        case "503":
            storefront.publisher.failing = "unavailable"
            return storefront.answer(post_order())
    raise AssertionError(f"no case for {status}")


def read_with(storefront: Storefront, status: str) -> dict[str, Any]:
    """Bring about each documented answer to GET /orders/{order_id}."""
    path = f"/orders/{order_id_of_recorded(storefront)}"
    failures = {"500": RuntimeError(), "503": TransientError("orders_unavailable", "down")}
    match status:
        case "200":
            return storefront.answer(http_event("GET", path))
        case "400":
            return storefront.answer(http_event("GET", path, headers={"x-correlation-id": "<>"}))
        case "401":
            return storefront.answer(http_event("GET", path, customer=None))
        case "404":
            return storefront.answer(http_event("GET", path, customer="somebody-else"))
        case "500" | "503":
            api = route.Api(
                failing_orders(failures[status]), storefront.api.catalog, storefront.publisher, storefront.api.identity
            )
            return api.answer(http_event("GET", path), lambda: 10_000)
    raise AssertionError(f"no case for {status}")


def test_document_is_valid_when_read_as_openapi() -> None:
    validate_document(DOCUMENT)


@pytest.mark.parametrize("status", OPERATIONS["placeOrder"]["responses"])
def test_answer_is_as_documented_when_order_is_placed(storefront: Storefront, status: str) -> None:
    response = place_with(storefront, status)

    assert str(response["statusCode"]) == status
    assert_documented("placeOrder", response)


@pytest.mark.parametrize("status", OPERATIONS["readOrder"]["responses"])
def test_answer_is_as_documented_when_order_is_read(storefront: Storefront, status: str) -> None:
    response = read_with(storefront, status)

    assert str(response["statusCode"]) == status
    assert_documented("readOrder", response)


def test_link_leads_to_the_order_when_it_was_just_placed(storefront: Storefront) -> None:
    accepted = storefront.answer(post_order())
    storefront.orders.record(storefront.publisher.published[0])

    link = OPERATIONS["placeOrder"]["responses"]["202"]["links"]["readOrder"]
    assert link["parameters"] == {"order_id": "$response.body#/order_id"}
    path = OPERATIONS[link["operationId"]]["path"].format(order_id=document(accepted)["order_id"])
    assert storefront.answer(http_event("GET", path))["statusCode"] == 200


def test_example_is_accepted_when_sent_as_documented() -> None:
    schema = OPERATIONS["placeOrder"]["requestBody"]["content"]["application/json"]["schema"]

    jsonschema.validate(schema["example"], schema)
    check_order(schema["example"])


def test_problem_types_are_those_documented_when_listed() -> None:
    kinds = {value.uri for value in vars(problem).values() if isinstance(value, Kind)}

    assert kinds == set(DOCUMENT["components"]["schemas"]["Problem"]["properties"]["type"]["enum"])


def test_limits_agree_when_document_code_and_contracts_state_them() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    lines = schemas["OrderRequest"]["properties"]["lines"]

    assert lines["maxItems"] == validate.MAX_LINES == MAX_ORDER_LINES
    assert schemas["Quantity"]["maximum"] == validate.MAX_QUANTITY
    assert schemas["Problem"]["properties"]["errors"]["maxItems"] == validate.MAX_ERRORS
    assert f"{parse.MAX_BODY_BYTES:,}" in OPERATIONS["placeOrder"]["requestBody"]["description"]


@pytest.mark.parametrize(
    ("name", "definition"),
    [
        ("OrderId", "order_id"),
        ("CorrelationId", "identifier"),
        ("Sku", "sku"),
        ("Text", "text"),
        ("ShortText", "short_text"),
        ("Amount", "amount"),
        ("Currency", "currency"),
        ("Code", "name"),
        ("Money", "money"),
        ("Address", "address"),
        ("Email", "email"),
    ],
)
def test_document_takes_what_contracts_take_when_they_share_a_type(name: str, definition: str) -> None:
    contracts = json.loads(CONTRACTS.read_text())

    ours = without_words(resolved(DOCUMENT["components"]["schemas"][name]))
    theirs = without_words(resolved(contracts["definitions"][definition], contracts))

    assert ours == theirs


def without_words(node: Any) -> Any:
    """A schema without what is only for people, so that two of them can be compared by meaning."""
    if isinstance(node, Mapping):
        spoken = {"description", "title", "x-says", "example"}
        return {
            key: sorted(value) if key == "required" else without_words(value)
            for key, value in node.items()
            if key not in spoken or isinstance(value, Mapping)
        }
    return node


def _pattern(_: Any, pattern: str, value: Any, __: Any) -> Iterator[jsonschema.ValidationError]:
    # In JSON Schema `$` is the end of the text; in Python's `re` it also matches before a last line break.
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield jsonschema.ValidationError("does not match")


SchemaOfOpenApi = jsonschema.validators.extend(jsonschema.Draft4Validator, {"pattern": _pattern})

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 1_001)
    | st.text(max_size=5)
    | st.sampled_from(["web", "DE", "DE\n", "PEN", " "]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PLACES: list[tuple[str | int, ...]] = [
    ("channel",),
    ("lines",),
    ("lines", 0),
    ("lines", 0, "sku"),
    ("lines", 1, "quantity"),
    ("lines", 1, "extra"),
    ("shipping_address",),
    ("shipping_address", "name"),
    ("shipping_address", "postal_code"),
    ("shipping_address", "country"),
    ("shipping_address", "line2"),
    ("contact_email",),
    ("extra",),
]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(place=st.sampled_from(PLACES), value=JSON_VALUES | st.text(min_size=195, max_size=205), drop=st.booleans())
def test_document_and_code_agree_when_any_part_of_an_order_is_anything(
    place: tuple[str | int, ...], value: Any, drop: bool
) -> None:
    body = order_body()
    holder: Any = body
    for part in place[:-1]:
        holder = holder[part]
    if drop and (isinstance(place[-1], int) or place[-1] in holder):
        del holder[place[-1]]
    else:
        holder[place[-1]] = value
    schema = OPERATIONS["placeOrder"]["requestBody"]["content"]["application/json"]["schema"]

    try:
        check_order(body)
        accepted = True
    except Problem:
        accepted = False

    assert accepted == SchemaOfOpenApi(schema).is_valid(body)
