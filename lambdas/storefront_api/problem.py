"""The problem types of the storefront API, in addition to those that all APIs share."""

from common.http_api import ProblemType

MALFORMED_REQUEST = ProblemType("malformed-request", 400, "A header or parameter is missing or malformed")
UNAUTHENTICATED = ProblemType("unauthenticated", 401, "The caller is not authenticated")
FORBIDDEN = ProblemType("forbidden", 403, "The caller is not authorized")
TOO_LATE = ProblemType("too-late", 409, "The order can no longer be cancelled")
INVALID_ORDER = ProblemType("invalid-order", 422, "The order is invalid")
ORDER_TOO_LARGE = ProblemType("order-too-large", 422, "The order is too large")
IDEMPOTENCY_CONFLICT = ProblemType("idempotency-conflict", 422, "The Idempotency-Key was used for another request")
TOO_MANY_ORDERS = ProblemType("too-many-orders", 429, "The customer has placed too many orders")
