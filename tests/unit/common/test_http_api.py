"""What the functions behind an HTTP API see of a request, and what every answer carries."""

import base64
import json
from typing import Any

import pytest

from common import http_api

EVENT: dict[str, Any] = {
    "rawPath": "/v1/orders",
    "headers": {"Content-Type": "application/json"},
    "requestContext": {
        "http": {"method": "post"},
        "stage": "v1",
        "authorizer": {"jwt": {"claims": {"sub": "customer-1"}}},
    },
    "body": "{}",
    "isBase64Encoded": False,
}


def test_request_is_read_when_its_path_begins_with_the_stage() -> None:
    request = http_api.read(EVENT)

    assert (request.method, request.base_path, request.path) == ("POST", "/v1", "/orders")
    assert request.header("CONTENT-TYPE") == "application/json"
    assert request.claims == {"sub": "customer-1"}
    assert request.body() == b"{}"


def test_path_is_kept_when_it_only_starts_like_the_stage() -> None:
    request = http_api.read({**EVENT, "rawPath": "/v10/orders"})

    assert (request.base_path, request.path) == ("", "/v10/orders")


def test_everything_reads_as_empty_when_the_event_says_nothing() -> None:
    request = http_api.read({"headers": None, "body": None, "requestContext": {"authorizer": None}})

    assert (request.method, request.base_path, request.path) == ("", "", "/")
    assert request.header("Idempotency-Key") == ""
    assert request.claims == {}
    assert request.body() == b""


def test_body_is_decoded_when_it_comes_as_base64() -> None:
    text = base64.b64encode(b"\xff{}").decode()

    assert http_api.read({**EVENT, "body": text, "isBase64Encoded": True}).body() == b"\xff{}"


@pytest.mark.parametrize("text", ["@@@", "YQ", "ü"])
def test_body_is_refused_when_it_is_marked_as_base64_and_is_not(text: str) -> None:
    request = http_api.read({**EVENT, "body": text, "isBase64Encoded": True})

    with pytest.raises(http_api.UndecodableBodyError):
        request.body()


@pytest.mark.parametrize(
    ("status", "content_type"),
    [
        (202, "application/json"),
        (399, "application/json"),
        (400, "application/problem+json"),
        (503, "application/problem+json"),
    ],
)
def test_response_is_a_problem_document_when_its_status_refuses(status: int, content_type: str) -> None:
    response = http_api.respond(status, {"title": "Größe"}, {"retry-after": "5"})

    assert response["statusCode"] == status
    assert json.loads(response["body"]) == {"title": "Größe"}
    assert response["headers"] == {
        "content-type": content_type,
        "retry-after": "5",
        "cache-control": "no-store",
        "strict-transport-security": "max-age=63072000; includeSubDomains",
        "x-content-type-options": "nosniff",
    }
