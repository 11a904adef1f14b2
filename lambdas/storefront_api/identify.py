"""Identifies the customer of a request."""

import re

from common.http_api import Problem, Request
from contracts.generated.patterns import CUSTOMER_ID
from storefront_api.problem import FORBIDDEN, UNAUTHENTICATED
from storefront_api.settings import IdentitySource

CUSTOMER_HEADER, SCOPES_HEADER = "X-Customer-Id", "X-Scopes"


def identify_customer(request: Request, identity_source: IdentitySource) -> str:
    """Return the customer's id: the subject of the verified token, or in the local environment the value of a header.

    Raises:
        Problem: 401 if the id is missing or is not a valid customer id."""
    customer_id = request.claims.get("sub") if identity_source == "jwt" else request.header(CUSTOMER_HEADER)
    if not isinstance(customer_id, str) or not re.fullmatch(CUSTOMER_ID, customer_id):
        raise Problem(
            UNAUTHENTICATED,
            "The request must have a customer's valid access token."
            if identity_source == "jwt"
            else f"The header {CUSTOMER_HEADER} must be 1 to 255 visible ASCII characters.",
            headers={"www-authenticate": "Bearer"},
        )
    return customer_id


def require_scope(request: Request, identity_source: IdentitySource, scope: str) -> None:
    """Raise a 403 Problem unless the caller's token, or in the local environment a header, contains the scope.

    If the route requires the scope, API Gateway checks it first.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html"""
    claims = request.claims
    scopes = claims.get("scope", claims.get("scp", "")) if identity_source == "jwt" else request.header(SCOPES_HEADER)
    # The gateway serialises a list claim as text: [a b].
    if scope not in str(scopes).strip("[]").split():
        raise Problem(FORBIDDEN, f"The access token must have the scope {scope}.")
