"""Schemathesis hooks that set the customer of each request and record the response.

An Idempotency-Key belongs to one customer and one body. Generated keys often repeat but bodies hardly ever do, so
each body gets a separate customer, who also reads the order that the request created."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import schemathesis

CUSTOMER_HEADER = "X-Customer-Id"
LIST_OPERATIONS = ("GET /orders", "GET /support/orders")
RUN_VARIABLE, RECORD_VARIABLE = "ORDERFLOW_FUZZ_RUN", "ORDERFLOW_FUZZ_RECORD"
_customer_by_order_id: dict[str, str] = {}


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Convert integral floats to int: 8.0 is an integer in JSON Schema, but this API rejects it."""
    del context
    return convert_integral_floats(body)


def convert_integral_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: convert_integral_floats(member) for name, member in value.items()}
    if isinstance(value, list):
        return [convert_integral_floats(member) for member in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """Send the request as a customer derived from the body, or as the owner of the order that the request concerns."""
    del context, kwargs
    parameters = case.path_parameters if isinstance(case.path_parameters, dict) else {}
    body_digest = hashlib.sha256(repr(case.body).encode("utf-8", "surrogatepass")).hexdigest()
    new_customer = f"{os.environ[RUN_VARIABLE]}-{body_digest[:24]}"
    case.headers[CUSTOMER_HEADER] = _customer_by_order_id.get(str(parameters.get("order_id")), new_customer)
    if case.operation.label in LIST_OPERATIONS and _customer_by_order_id:
        case.headers[CUSTOMER_HEADER] = list(_customer_by_order_id.values())[-1]
    case.headers["X-Scopes"] = "orders:support"


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Append a summary of the request and its response to the record file."""
    del context
    order_id = ""
    if response.status_code == 202:
        order_id = json.loads(response.content)["order_id"]
        _customer_by_order_id[order_id] = case.headers[CUSTOMER_HEADER]
    exchange = {"operation": case.operation.label, "method": case.method, "status": response.status_code}
    line = {**exchange, "customer": case.headers[CUSTOMER_HEADER], "order_id": order_id}
    with Path(os.environ[RECORD_VARIABLE]).open("a", encoding="utf-8") as record:
        record.write(f"{json.dumps(line)}\n")
