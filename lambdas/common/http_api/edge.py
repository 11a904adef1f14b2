"""Routes a request to its handler and turns every outcome into a response."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from common.errors import TransientError
from common.http_api.problem import INTERNAL_ERROR, METHOD_NOT_ALLOWED, NOT_FOUND, UNAVAILABLE, Problem
from common.http_api.request import JSON_CONTENT_TYPE, Request, read_request
from common.observability import count, log_context, log_exception, log_fields, logger

RETRY_AFTER_SECONDS = 5
_PROBLEM_CONTENT_TYPE = "application/problem+json"
_SECURITY_HEADERS = {
    "cache-control": "no-store",
    "strict-transport-security": "max-age=63072000; includeSubDomains",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Response:
    """The response of a handler."""

    status: int
    document: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


type Routes = Mapping[str, Mapping[str, Callable[[Request], Response]]]
"""Handlers by the path of their API Gateway route and by HTTP method."""


def respond(event: Mapping[str, Any], routes: Routes, remaining_ms: Callable[[], int]) -> dict[str, Any]:
    """Return the response to one API Gateway event, even after an error."""
    request = read_request(event, remaining_ms)
    with log_context(correlation_id=request.correlation_id):
        try:
            response = _find_handler(request, routes)(request)
            return _build_response(request, response.status, response.document, response.headers, JSON_CONTENT_TYPE)
        except Problem as error:
            problem = error
        except TransientError as error:
            logger.error("Unavailable", extra=log_fields(reason=error.reason, detail=error.detail))
            headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
            problem = Problem(UNAVAILABLE, "Send the same request again.", headers=headers)
        except Exception as error:
            log_exception("Failed for an unexpected reason", error)
            problem = Problem(INTERNAL_ERROR, "The error was logged.")
        logger.info("Request refused", extra=log_fields(reason=problem.kind.name, status_code=problem.kind.status))
        count("RequestsRefused")
        document = problem.document(request.correlation_id)
        return _build_response(request, problem.kind.status, document, problem.headers, _PROBLEM_CONTENT_TYPE)


def _find_handler(request: Request, routes: Routes) -> Callable[[Request], Response]:
    methods = routes.get(request.route)
    if methods is None:
        raise Problem(NOT_FOUND, "No such resource.")
    if request.method not in methods:
        allowed_methods_text = ", ".join(methods)
        raise Problem(METHOD_NOT_ALLOWED, f"Use {allowed_methods_text}.", headers={"allow": allowed_methods_text})
    return methods[request.method]


def _build_response(
    request: Request, status: int, document: Mapping[str, Any], headers: Mapping[str, str], content_type: str
) -> dict[str, Any]:
    headers = {"content-type": content_type, **_SECURITY_HEADERS, **headers, "x-correlation-id": request.correlation_id}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False}
