"""Tells who the customer is."""

import re

from common.http_api import Problem, Request
from contracts.generated.patterns import CUSTOMER_ID
from storefront_api.problem import UNAUTHENTICATED
from storefront_api.settings import CustomerIdentity

CUSTOMER_HEADER = "X-Customer-Id"


def customer_of(request: Request, identity: CustomerIdentity) -> str:
    """Return the customer's id: the verified token's subject, or the header in the local environment.

    Raises:
        Problem: 401 when there is none, or one that no order can carry.
    """
    customer = request.claims.get("sub") if identity == "jwt" else request.header(CUSTOMER_HEADER)
    if not isinstance(customer, str) or not re.fullmatch(CUSTOMER_ID, customer):
        raise Problem(
            UNAUTHENTICATED,
            "A valid access token of a customer is required."
            if identity == "jwt"
            else f"The header {CUSTOMER_HEADER} must be 1 to 255 visible ASCII characters.",
            headers={"www-authenticate": "Bearer"},
        )
    return customer
