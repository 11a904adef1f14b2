"""Access to the storefront with tokens, which a JWT authorizer checks in every environment but `local`.

The authorizer is configured as in `terraform/modules/http_api`, except that the issuer's URL does not use HTTPS."""

import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.util import json_b64encode

from orderflow_cli.build import package
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Response
from tests.e2e.conftest import ADDRESS, Shop, wait_for
from tests.support.receiver import QuietHandler, serve

AUDIENCE, SCOPE, KEY_ID = "storefront", "orders", "key-1"
HOUR = 3600
new_key = partial(RSAKey.generate_key, 2048, {"kid": KEY_ID, "alg": "RS256", "use": "sig"})


@dataclass
class Issuer:
    """An issuer that signs tokens and serves its public key at `address`."""

    key: RSAKey = field(default_factory=new_key)
    address: str = ""

    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False)]}

    def token(self, customer: str, *, signer: RSAKey | None = None, **changes: Any) -> str:
        """Return a token that `changes` to its claims (None removes one) or another `signer` may make invalid."""
        now = int(time.time())
        claims = {"iss": self.address, "aud": AUDIENCE, "sub": customer, "scope": f"{SCOPE} profile"}
        claims = {**claims, "iat": now - 10, "exp": now + HOUR, **changes}
        present_claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode({"alg": "RS256", "typ": "JWT", "kid": KEY_ID}, present_claims, signer or self.key)

    @contextmanager
    def serve_keys(self) -> Iterator[None]:
        paths = {"/.well-known/openid-configuration": lambda: {"issuer": self.address, "jwks_uri": f"{self.address}/k"}}
        documents = {**paths, "/k": self.jwks}

        class Handler(QuietHandler):
            def do_GET(self) -> None:  # noqa: N802 - http.server looks for it
                body = json.dumps(documents[self.path]()).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

        with serve(Handler) as port:
            self.address = f"http://127.0.0.1:{port}"
            yield


@dataclass
class Api:
    """The storefront API that requires tokens; `order_id` is that of an order that `owner` placed."""

    url: str
    issuer: Issuer
    owner: str
    order_id: str = ""

    def read(self, token: str) -> Response:
        headers = {"Authorization": f"Bearer {token}"}
        return storefront.request("GET", f"{self.url}/orders/{self.order_id}", headers)


@pytest.fixture(scope="module")
def api(shop: Shop) -> Iterator[Api]:
    issuer = Issuer()
    with issuer.serve_keys(), _deploy_storefront_with_tokens(shop, issuer.address) as url:
        api = Api(url, issuer, f"auth0|{uuid.uuid4().hex}")
        order = shop.new_order()
        headers = {"Idempotency-Key": order.idempotency_key, "Content-Type": "application/json"}
        headers["Authorization"] = f"Bearer {issuer.token(api.owner)}"
        body = {**order.body, "shipping_address": ADDRESS}
        response = storefront.request("POST", f"{url}/orders", headers, json.dumps(body).encode())
        assert response.status == 202, response.document
        api.order_id = response.document["order_id"]
        wait_for(lambda: shop.order(api.order_id))
        yield api


@contextmanager
def _deploy_storefront_with_tokens(shop: Shop, issuer: str) -> Iterator[str]:
    """Deploy the function's zip with its role, configured as in dev, behind a separate API; yield the API's URL."""
    functions, gateway = shop.cloud.client("lambda"), shop.cloud.client("apigatewayv2")
    function = functions.get_function_configuration(FunctionName=shop.outputs["functions"]["storefront_api"]["name"])
    name = f"storefront-tokens-{uuid.uuid4().hex[:8]}"
    variables = {**function["Environment"]["Variables"], "IDENTITY_SOURCE": "jwt", "ENVIRONMENT": "dev"}
    config = {key: function[key] for key in ("Role", "Runtime", "Handler", "Timeout")}
    code = {"ZipFile": (package.DIST_FOLDER / "storefront_api.zip").read_bytes()}
    backend = functions.create_function(FunctionName=name, **config, Environment={"Variables": variables}, Code=code)
    api_id = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
    try:
        integration = gateway.create_integration(
            ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=backend["FunctionArn"], PayloadFormatVersion="2.0"
        )
        authorizer = gateway.create_authorizer(
            ApiId=api_id,
            Name=name,
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration={"Issuer": issuer, "Audience": [AUDIENCE]},
        )
        for route in ("ANY /orders", "ANY /orders/{order_id}", "$default"):
            authorization = {"AuthorizerId": authorizer["AuthorizerId"], "AuthorizationScopes": [SCOPE]}
            target = f"integrations/{integration['IntegrationId']}"
            gateway.create_route(ApiId=api_id, RouteKey=route, Target=target, AuthorizationType="JWT", **authorization)
        gateway.create_stage(ApiId=api_id, StageName="$default", AutoDeploy=True)
        yield shop.cloud.http_api_url(api_id)
    finally:
        gateway.delete_api(ApiId=api_id)
        functions.delete_function(FunctionName=name)


def test_order_belongs_to_the_customer_of_its_token(shop: Shop, api: Api) -> None:
    response = api.read(api.issuer.token(api.owner))

    assert (response.status, response.document["order_id"]) == (200, api.order_id)
    assert (shop.order(api.order_id) or {})["customer_id"] == api.owner


def test_order_is_not_found_when_the_token_is_another_customers(api: Api) -> None:
    response = api.read(api.issuer.token("auth0|another-customer"))

    assert (response.status, response.document["type"]) == (404, "urn:orderflow:problem:not-found")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"iss": "https://issuer.example.com"}, 401, id="another issuer"),
        pytest.param({"aud": "another-application"}, 401, id="another audience"),
        pytest.param({"aud": None}, 401, id="no audience"),
        pytest.param({"exp": int(time.time()) - 60}, 401, id="expired"),
        pytest.param({"nbf": int(time.time()) + HOUR}, 401, id="not valid yet"),
        pytest.param({"scope": "profile"}, 403, id="another scope"),
        pytest.param({"scope": None}, 403, id="no scope"),
        pytest.param({"sub": None}, 401, id="no customer"),
        pytest.param({"signer": new_key()}, 401, id="another key"),
    ],
)
def test_request_is_refused_when_its_token_is_invalid(api: Api, changes: dict[str, Any], expected: int) -> None:
    assert api.read(api.issuer.token(api.owner, **changes)).status == expected


def test_request_is_refused_when_the_token_is_changed_or_unsigned(api: Api) -> None:
    header, claims, signature = api.issuer.token(api.owner).split(".")
    other_claims = api.issuer.token("auth0|another-customer").split(".")[1]
    unsigned_header = json_b64encode({"alg": "none", "kid": KEY_ID}).decode()

    assert api.read(f"{header}.{other_claims}.{signature}").status == 401
    assert api.read(f"{unsigned_header}.{claims}.").status == 401


@pytest.mark.parametrize("path", ["/orders", "/orders/ord_aaaaaaaaaaaaaaaaaaaaaaaaaa", "/", "/admin"])
def test_every_path_requires_a_token(api: Api, path: str) -> None:
    headers = {"X-Customer-Id": api.owner, "Content-Type": "application/json", "Idempotency-Key": "key"}

    assert storefront.request("GET", f"{api.url}{path}", headers).status == 401
    assert storefront.request("POST", f"{api.url}{path}", headers, b"{}").status == 401
