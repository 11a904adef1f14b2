"""Hooks for schemathesis: set the customer of each request, and record its outcome.

An Idempotency-Key belongs to a customer and a body. Generated keys are often the same and bodies hardly ever, so every
body has a customer of its own, who also follows the links to the order."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import schemathesis

CUSTOMER = "X-Customer-Id"
LISTS = ("GET /orders", "GET /support/orders")
RUN, RECORD = "ORDERFLOW_FUZZ_RUN", "ORDERFLOW_FUZZ_RECORD"
_customers: dict[str, str] = {}


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Write whole numbers without a fraction: 8.0 is an integer in JSON Schema, but rejected by this API."""
    del context
    return whole(body)


def whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: whole(one) for name, one in value.items()}
    if isinstance(value, list):
        return [whole(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Send the request as the customer of its body, or of the order that it reads."""
    del context, kwargs
    parameters = case.path_parameters if isinstance(case.path_parameters, dict) else {}
    body = hashlib.sha256(repr(case.body).encode("utf-8", "surrogatepass")).hexdigest()
    unknown = f"{os.environ[RUN]}-{body[:24]}"
    case.headers[CUSTOMER] = _customers.get(str(parameters.get("order_id")), unknown)
    if case.operation.label in LISTS and _customers:
        case.headers[CUSTOMER] = list(_customers.values())[-1]
    case.headers["X-Scopes"] = "orders:support"


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Append one line about the exchange to the record."""
    del context
    order_id = ""
    if response.status_code == 202:
        order_id = json.loads(response.content)["order_id"]
        _customers[order_id] = case.headers[CUSTOMER]
    known = {"operation": case.operation.label, "method": case.method, "status": response.status_code}
    line = {**known, "customer": case.headers[CUSTOMER], "order_id": order_id}
    with Path(os.environ[RECORD]).open("a", encoding="utf-8") as record:
        record.write(f"{json.dumps(line)}\n")
