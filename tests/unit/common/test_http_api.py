"""The HTTP requests that handlers get, and the content of every response."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from common import http_api
from common.errors import TransientError
from common.http_api import FieldError, Problem, ProblemType, Request, Response
from common.http_api.request import MAX_BODY_BYTES
from tests.support.http import document, http_event
from tests.support.logs import Logs

TEAPOT = ProblemType("teapot", 418, "I am a teapot")


def respond(event: dict[str, Any], handler: Callable[[Request], Response]) -> dict[str, Any]:
    routes = {"/orders": {"GET": handler, "POST": handler}, "/orders/{order_id}": {"GET": handler}}
    return http_api.respond(event, routes, lambda: 1_000)


def handled_request(event: dict[str, Any]) -> Request:
    """Return the request that a handler gets for an event."""
    requests: list[Request] = []

    def handler(request: Request) -> Response:
        requests.append(request)
        return Response(200, {})

    assert respond(event, handler)["statusCode"] == 200
    return requests[0]


def echo(request: Request) -> Response:
    return Response(200, {"body": request.json()})


def respond_to_post(body: str, content_type: str = "application/json", **options: Any) -> dict[str, Any]:
    return respond(http_event("POST", "/orders", body=body, headers={"content-type": content_type}, **options), echo)


@pytest.mark.parametrize("base", ["", "/v1", "/shop", "/shop/orders", "/a/b/c"])
def test_route_and_parameters_are_read_under_any_base_path(base: str) -> None:
    post_request = handled_request(http_event("POST", "/orders", base=base))
    get_request = handled_request(http_event("GET", "/orders/ord_1", base=base))

    assert (post_request.route, post_request.parameters) == ("/orders", {})
    assert (get_request.route, get_request.parameters) == ("/orders/{order_id}", {"order_id": "ord_1"})
    assert post_request.base_path == get_request.base_path == base


@pytest.mark.parametrize("path", ["/shop/orders/ord%5F1", "/shop/orders/ord_1/", "//shop/orders/ord_1"])
def test_base_path_is_recognised_when_the_path_is_not_normalised(path: str) -> None:
    assert handled_request({**http_event("GET", "/orders/ord_1"), "rawPath": path}).base_path == "/shop"


def test_method_headers_claims_and_query_are_read() -> None:
    event = http_event("get", "/orders", headers={"X-Thing": "1"}, customer="ada")

    request = handled_request({**event, "queryStringParameters": {"limit": "5"}})

    assert (request.method, request.header("x-THING"), request.header("absent")) == ("GET", "1", "")
    assert (request.claims["sub"], request.query) == ("ada", {"limit": "5"})


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("DELETE", "/orders", 405, "GET, POST"),
        ("PUT", "/orders/ord_1", 405, "GET"),
        *(("GET", path, 404, None) for path in ("/orders/ord_1/lines", "/shop/orders", "/")),
    ],
)
def test_unknown_route_or_method_is_rejected(method: str, path: str, status: int, allow: str | None) -> None:
    response = respond(http_event(method, path), echo)

    assert (response["statusCode"], response["headers"].get("allow")) == (status, allow)


@pytest.mark.parametrize("event", [{}, {"requestContext": None, "headers": None, "body": None, "routeKey": None}])
def test_event_that_is_not_an_http_request_gets_404(event: dict[str, Any]) -> None:
    assert respond(event, echo)["statusCode"] == 404


def test_base64_body_is_decoded() -> None:
    text = base64.b64encode(b'{"a":1}').decode()

    assert document(respond_to_post(text, is_base64=True)) == {"body": {"a": 1}}


@pytest.mark.parametrize(
    ("text", "is_base64", "status"),
    [
        *((text, True, 400) for text in ("@@@", "YQ", "ü")),
        *((text, False, 400) for text in ('"\ud800"', "{", '{"a": 1, "a": 2}')),
        ("[" * (MAX_BODY_BYTES + 1), False, 413),
        ("ICAg" * 21_846, True, 413),
    ],
)
def test_malformed_or_too_large_body_is_rejected(text: str, is_base64: bool, status: int) -> None:
    assert respond_to_post(text, is_base64=is_base64)["statusCode"] == status


JSON_TYPES = [
    "application/json", "APPLICATION/JSON", "application/json;", "application/json ; charset=utf-8",
    'application/json; charset="UTF-8"', "application/json;charset=utf8", "application/json; charset=us-ascii",
    "application/json; charset=",
    'application/json; profile="https://example.com/order;v=1"', 'application/json; charset=utf-8; profile="x"',
]  # fmt: skip
OTHER_TYPES = [
    "", "text/plain", "text/json", "application/vnd.api+json", "application/jsonp", "application/json, text/plain",
    "multipart/form-data; boundary=application/json", "application/json; charset=latin-1",
    "application/json; charset=utf-16", "application/json; charset=nonsense",
]  # fmt: skip


@pytest.mark.parametrize(("media_type", "status"), [*((t, 200) for t in JSON_TYPES), *((t, 415) for t in OTHER_TYPES)])
def test_only_json_in_utf8_is_accepted(media_type: str, status: int) -> None:
    response = respond_to_post("{}".ljust(MAX_BODY_BYTES), media_type)

    assert response["statusCode"] == status
    assert status == 200 or document(response)["type"] == "urn:orderflow:problem:unsupported-media-type"


def test_correlation_id_is_generated_unless_the_client_sends_a_valid_one() -> None:
    valid_id, bad_id = "checkout-7", "CANARY <script>"

    first = respond(http_event("GET", "/orders", headers={"X-Correlation-Id": valid_id}), lambda _: Response(200, {}))
    second = respond(http_event("GET", "/orders", headers={"X-Correlation-Id": bad_id}), lambda _: Response(200, {}))

    assert first["headers"]["x-correlation-id"] == valid_id
    assert len(second["headers"]["x-correlation-id"]) == 36
    assert "CANARY" not in json.dumps(second)


def test_problem_becomes_a_problem_document() -> None:
    def refuse(_: Request) -> Response:
        raise Problem(TEAPOT, "No coffee.", [FieldError("pot", "must be a kettle")], {"x-pot": "1"})

    response = respond(http_event("GET", "/orders"), refuse)

    assert (response["statusCode"], response["headers"]["content-type"]) == (418, "application/problem+json")
    assert response["headers"]["x-pot"] == "1"
    assert document(response) == {
        **{"type": "urn:orderflow:problem:teapot", "title": "I am a teapot", "status": 418, "detail": "No coffee."},
        "errors": [{"field": "pot", "reason": "must be a kettle"}],
        "correlation_id": response["headers"]["x-correlation-id"],
    }


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [(TransientError("table_unavailable", "secret"), 503, "5"), (RuntimeError("secret"), 500, None)],
)
def test_failure_response_hides_the_error(logs: Logs, error: Exception, status: int, retry_after: str | None) -> None:
    def fail(_: Request) -> Response:
        raise error

    response = respond(http_event("GET", "/orders"), fail)

    assert (response["statusCode"], response["headers"].get("retry-after")) == (status, retry_after)
    assert "secret" not in json.dumps(response)
    assert ("table_unavailable" if status == 503 else "RuntimeError") in logs.text


def test_text_is_unescaped_and_every_response_has_security_headers() -> None:
    success_response = respond(http_event("GET", "/orders"), lambda _: Response(200, {"title": "Größe"}, {"etag": "1"}))
    error_response = respond({}, echo)

    assert success_response["headers"]["etag"] == "1"
    assert "Größe" in success_response["body"]
    for response in (success_response, error_response):
        assert response["headers"]["cache-control"] == "no-store"
        assert response["headers"]["x-content-type-options"] == "nosniff"
        assert "max-age=" in response["headers"]["strict-transport-security"]
        assert not any(name.startswith("access-control-") for name in response["headers"])
