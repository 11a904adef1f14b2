"""The old application: one handler that calls payment, stock, ledger and notification in sequence.

The customer waits for all of them. If one fails, the order fails, and the effects of the earlier ones remain."""

import itertools
import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from examples.synchronous.loopback import NoResponseError, Request, Response, Server, send_request
from examples.synchronous.services import SERVICE_NAMES

CATALOG_PATH = Path(__file__).parents[2] / "lambdas" / "storefront_api" / "catalog.json"


class Shop:
    """The old application; `service_urls` maps the name of each service to its URL."""

    def __init__(self, service_urls: Mapping[str, str]) -> None:
        self._service_urls = service_urls
        self._prices = {sku: item["unit_price"] for sku, item in json.loads(CATALOG_PATH.read_text())["items"].items()}
        self._numbers = itertools.count(1001)
        self._lock = threading.Lock()
        self.orders: dict[str, dict[str, Any]] = {}

    def serve(self, port: int = 0) -> Server:
        return Server(self.respond, port)

    def respond(self, request: Request) -> Response:
        if (request.method, request.path) == ("POST", "/orders"):
            return self._place_order(request)
        if request.method == "GET" and request.path.startswith("/orders/"):
            order = self.orders.get(request.path.removeprefix("/orders/"))
            if order is not None and order["customer_id"] == request.headers.get("x-customer-id"):
                return Response(200, order)
        return Response(404, {"error": "not found"})

    def _place_order(self, request: Request) -> Response:
        body = json.loads(request.body)
        with self._lock:
            order_id = str(next(self._numbers))
        lines = [{**line, "unit_price": self._prices[line["sku"]]} for line in body["lines"]]
        order = {
            "order_id": order_id,
            "customer_id": request.headers.get("x-customer-id"),
            "lines": lines,
            "total": {"amount": sum(line["quantity"] * line["unit_price"] for line in lines), "currency": "EUR"},
            "status": "paid",
        }
        for name in SERVICE_NAMES:
            error = self._call_service(name, order)
            if error:
                return Response(502, {"error": error})
        self.orders[order_id] = order
        return Response(201, order)

    def _call_service(self, name: str, order: Mapping[str, Any]) -> str | None:
        request = {"order_id": order["order_id"], "total": order["total"], "lines": order["lines"]}
        try:
            response = send_request("POST", self._service_urls[name] + "/", json.dumps(request).encode())
        except NoResponseError:
            return f"{name} does not respond"
        return None if response.status == 201 else f"{name} returned {response.status}"
