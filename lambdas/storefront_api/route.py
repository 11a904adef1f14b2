"""Leads a request to what it asks for, and turns every outcome into a response."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from common import http_api
from common.errors import TransientError
from common.http_api import Request
from common.observability import count, log_context, log_fields, log_unexpected, logger
from common.publisher import Publisher
from contracts.ids import new_id
from storefront_api import parse
from storefront_api.identify import customer_of
from storefront_api.place import OrderReader, place
from storefront_api.price import Catalog
from storefront_api.problem import INTERNAL_ERROR, METHOD_NOT_ALLOWED, NOT_FOUND, UNAVAILABLE, Problem
from storefront_api.settings import CustomerIdentity
from storefront_api.show import show
from storefront_api.validate import check_order

RETRY_AFTER_SECONDS = 5
_ORDERS = re.compile(r"/orders")
_ORDER = re.compile(r"/orders/(ord_[a-z2-7]{26})")

type RemainingMs = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Api:
    """The API and what it works with."""

    orders: OrderReader
    catalog: Catalog
    publisher: Publisher
    identity: CustomerIdentity

    def answer(self, event: Mapping[str, Any], remaining_ms: RemainingMs) -> dict[str, Any]:
        """Return the response to one API Gateway event; nothing is raised."""
        request = http_api.read(event)
        correlation_id = parse.correlation_id(request) or new_id()
        with log_context(correlation_id=correlation_id):
            response = self._respond(request, correlation_id, remaining_ms)
        response["headers"]["x-correlation-id"] = correlation_id
        return response

    def _respond(self, request: Request, correlation_id: str, remaining_ms: RemainingMs) -> dict[str, Any]:
        try:
            parse.refuse_bad_correlation_id(request)
            return self._route(request, correlation_id, remaining_ms)
        except Problem as problem:
            return _refuse(problem, correlation_id)
        except TransientError as error:
            logger.error("Unavailable", extra=log_fields(reason=error.reason, detail=error.detail))
            headers = {"retry-after": str(RETRY_AFTER_SECONDS)}
            return _refuse(Problem(UNAVAILABLE, "Send the same request again.", headers=headers), correlation_id)
        except Exception as error:
            log_unexpected("Failed for an unexpected reason", error)
            return _refuse(Problem(INTERNAL_ERROR, "The failure was noted."), correlation_id)

    def _route(self, request: Request, correlation_id: str, remaining_ms: RemainingMs) -> dict[str, Any]:
        if _ORDERS.fullmatch(request.path):
            _allow(request, "POST")
            return self._place(request, correlation_id, remaining_ms)
        if match := _ORDER.fullmatch(request.path):
            _allow(request, "GET")
            order = show(match[1], customer_id=customer_of(request, self.identity), orders=self.orders)
            return http_api.respond(200, order, {"etag": f'"{order["version"]}"'})
        raise Problem(NOT_FOUND, "This path leads nowhere.")

    def _place(self, request: Request, correlation_id: str, remaining_ms: RemainingMs) -> dict[str, Any]:
        customer_id = customer_of(request, self.identity)
        idempotency_key = parse.idempotency_key(request)
        placed = place(
            check_order(parse.json_body(request)),
            customer_id=customer_id,
            idempotency_key=idempotency_key,
            correlation_id=correlation_id,
            orders=self.orders,
            catalog=self.catalog,
            publisher=self.publisher,
            remaining_ms=remaining_ms,
        )
        details = log_fields(
            event_type="OrderPlaced", order_id=placed.order_id, event_id=placed.event_id, outcome=placed.outcome
        )
        logger.info("Order accepted", extra=details)
        count("OrdersAccepted" if placed.outcome == "accepted" else "OrdersRepeated")
        href = f"{request.base_path}/orders/{placed.order_id}"
        document = {"order_id": placed.order_id, "status": "accepted", "total": placed.total, "href": href}
        return http_api.respond(202, document, {"location": href})


def _allow(request: Request, method: str) -> None:
    if request.method != method:
        raise Problem(METHOD_NOT_ALLOWED, f"Only {method} is possible here.", headers={"allow": method})


def _refuse(problem: Problem, correlation_id: str) -> dict[str, Any]:
    logger.info("Request refused", extra=log_fields(reason=problem.kind.name, status_code=problem.kind.status))
    count("RequestsRefused")
    document = problem.document(correlation_id)
    return http_api.respond(problem.kind.status, document, problem.headers)
