"""Requests as an API Gateway HTTP API sends them to a function (payload format 2.0)."""

import json
import re
from collections.abc import Mapping
from typing import Any

CUSTOMER = "auth0|ada"
ROUTES = (
    *("/orders", "/orders/{order_id}", "/orders/{order_id}/cancel", "/support/orders"),
    *("/webhooks/payment-provider", "/webhooks/carrier"),
)


def http_event(
    method: str,
    path: str,
    *,
    base: str = "",
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    customer: str | None = CUSTOMER,
    query: Mapping[str, str] | None = None,
    scope: str = "orders",
    is_base64: bool = False,
) -> dict[str, Any]:
    """Return the event for a request to `path`, with the route that the gateway would choose.

    `base` comes before the path that routes see, as a stage or the base path of a custom domain does; `customer` is the
    subject of the verified token, or None without a token."""
    matches = [(route, re.fullmatch(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", route), path)) for route in ROUTES]
    route, match = next(((route, match) for route, match in matches if match), (None, None))
    context: dict[str, Any] = {"http": {"method": method, "path": f"{base}{path}"}, "requestId": "r-1"}
    if customer is not None:
        context["authorizer"] = {"jwt": {"claims": {"sub": customer, "scope": scope}, "scopes": None}}
    event: dict[str, Any] = {
        **{"version": "2.0", "routeKey": f"ANY {route}" if route else "$default"},
        **{"rawPath": f"{base}{path}", "rawQueryString": "", "isBase64Encoded": is_base64},
        **{"headers": dict(headers or {}), "requestContext": {**context, "stage": "$default"}},
    }
    if match and match.groupdict():
        event["pathParameters"] = match.groupdict()
    if query:
        event["queryStringParameters"] = dict(query)
    return event if body is None else {**event, "body": body}


def document(response: Mapping[str, Any]) -> Any:
    """Return the JSON document of a response."""
    return json.loads(response["body"])
