"""The routes of the storefront API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from common import http_api
from common.http_api import Request, Response
from common.observability import count, log_fields, logger
from common.publisher import Publisher
from storefront_api.cancel import cancel_order
from storefront_api.identify import identify_customer, require_scope
from storefront_api.list import extract_customer_id, list_orders
from storefront_api.place import OrderStore, place_order
from storefront_api.price import Catalog
from storefront_api.settings import IdentitySource
from storefront_api.show import show_order
from storefront_api.validate import idempotency_key, validate_order


@dataclass(frozen=True, slots=True)
class Api:
    """The storefront API with its dependencies."""

    orders: OrderStore
    catalog: Catalog
    publisher: Publisher
    identity_source: IdentitySource
    support_scope: str = "orders:support"
    orders_per_hour: int = 100

    def respond(self, event: Mapping[str, Any], remaining_ms: Callable[[], int]) -> dict[str, Any]:
        """Return the response to one API Gateway event, even after an error."""
        routes = {
            "/orders": {"GET": self._list_orders, "POST": self._place_order},
            "/orders/{order_id}": {"GET": self._show_order},
            "/orders/{order_id}/cancel": {"POST": self._cancel_order},
            "/support/orders": {"GET": self._list_orders_for_support},
        }
        return http_api.respond(event, routes, remaining_ms)

    def _place_order(self, request: Request) -> Response:
        customer_id = identify_customer(request, self.identity_source)
        key = idempotency_key(request)
        order = place_order(
            validate_order(request.json()),
            customer_id=customer_id,
            idempotency_key=key,
            correlation_id=request.correlation_id,
            orders=self.orders,
            orders_per_hour=self.orders_per_hour,
            catalog=self.catalog,
            publisher=self.publisher,
            remaining_ms=request.remaining_ms,
        )
        details = log_fields(
            event_type="OrderPlaced", order_id=order.order_id, event_id=order.event_id, outcome=order.outcome
        )
        logger.info("Order accepted", extra=details)
        count("OrdersAccepted" if order.outcome == "accepted" else "OrdersRepeated")
        href = f"{request.base_path}/orders/{order.order_id}"
        document = {"order_id": order.order_id, "status": "accepted", "total": order.total, "href": href}
        return Response(202, document, {"location": href})

    def _list_orders(self, request: Request) -> Response:
        return Response(200, list_orders(request.query, identify_customer(request, self.identity_source), self.orders))

    def _list_orders_for_support(self, request: Request) -> Response:
        identify_customer(request, self.identity_source)
        require_scope(request, self.identity_source, self.support_scope)
        buyer, query = extract_customer_id(request.query)
        logger.info("Orders listed for support")
        return Response(200, list_orders(query, buyer, self.orders))

    def _cancel_order(self, request: Request) -> Response:
        order_id = request.parameters.get("order_id", "")
        is_published = cancel_order(
            order_id,
            customer_id=identify_customer(request, self.identity_source),
            correlation_id=request.correlation_id,
            orders=self.orders,
            publisher=self.publisher,
            remaining_ms=request.remaining_ms,
        )
        outcome = "accepted" if is_published else "repeated"
        details = log_fields(event_type="OrderCancellationRequested", order_id=order_id, outcome=outcome)
        logger.info("Cancellation accepted", extra=details)
        href = f"{request.base_path}/orders/{order_id}"
        return Response(202, {"order_id": order_id, "status": "cancelling", "href": href}, {"location": href})

    def _show_order(self, request: Request) -> Response:
        customer_id = identify_customer(request, self.identity_source)
        order = show_order(request.parameters.get("order_id", ""), customer_id=customer_id, orders=self.orders)
        return Response(200, order, {"etag": f'"{order["version"]}"'})
