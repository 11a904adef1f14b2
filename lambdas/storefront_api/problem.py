"""The problem types of this API, in addition to the common ones."""

from common.http_api import Kind

MALFORMED_REQUEST = Kind("malformed-request", 400, "A header or parameter is missing or malformed")
UNAUTHENTICATED = Kind("unauthenticated", 401, "The caller is not known")
FORBIDDEN = Kind("forbidden", 403, "The caller may not do this")
TOO_LATE = Kind("too-late", 409, "The order can no longer be cancelled")
INVALID_ORDER = Kind("invalid-order", 422, "The order breaks a rule")
ORDER_TOO_LARGE = Kind("order-too-large", 422, "The order is too large")
IDEMPOTENCY_CONFLICT = Kind("idempotency-conflict", 422, "The Idempotency-Key was used for another request")
TOO_MANY_ORDERS = Kind("too-many-orders", 429, "The customer has placed too many orders")
