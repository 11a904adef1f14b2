"""Access to the storefront with tokens, which a JWT authorizer checks in every environment but `local`.

The authorizer is configured as in `terraform/modules/http_api`, except that the issuer's URL does not use HTTPS."""

import base64
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from orderflow_cli.build import package
from orderflow_cli.demo import storefront
from orderflow_cli.demo.storefront import Response
from tests.e2e.conftest import ADDRESS, Shop, wait_for
from tests.support.receiver import QuietHandler, serve

AUDIENCE, SCOPE, KEY_ID = "storefront", "orders", "key-1"
HOUR = 3600


def to_base64url(value: bytes | dict[str, Any]) -> str:
    octets = json.dumps(value).encode() if isinstance(value, dict) else value
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


@dataclass
class Issuer:
    """An issuer that signs tokens and serves its public key at `address`."""

    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    address: str = ""

    def jwks(self) -> dict[str, Any]:
        rsa_key = self.key.public_key().public_numbers()
        modulus, exponent = (to_base64url(n.to_bytes((n.bit_length() + 7) // 8)) for n in (rsa_key.n, rsa_key.e))
        return {"keys": [{"kty": "RSA", "kid": KEY_ID, "alg": "RS256", "use": "sig", "n": modulus, "e": exponent}]}

    def token(self, customer: str, *, signer: rsa.RSAPrivateKey | None = None, **changes: Any) -> str:
        """Return a token that `changes` to its claims (None removes one) or another `signer` may make invalid."""
        now = int(time.time())
        claims = {"iss": self.address, "aud": AUDIENCE, "sub": customer, "scope": f"{SCOPE} profile"}
        claims = {**claims, "iat": now - 10, "exp": now + HOUR, **changes}
        header = to_base64url({"alg": "RS256", "typ": "JWT", "kid": KEY_ID})
        signing_input = f"{header}.{to_base64url({name: value for name, value in claims.items() if value is not None})}"
        signature = (signer or self.key).sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signing_input}.{to_base64url(signature)}"

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

    def read(self, headers: dict[str, str]) -> Response:
        return storefront.request("GET", f"{self.url}/orders/{self.order_id}", headers)

    def read_with_token(self, token: str) -> Response:
        return self.read({"Authorization": f"Bearer {token}"})


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
    response = api.read_with_token(api.issuer.token(api.owner))

    assert (response.status, response.document["order_id"]) == (200, api.order_id)
    assert (shop.order(api.order_id) or {})["customer_id"] == api.owner


def test_order_is_not_found_when_the_token_is_another_customers(api: Api) -> None:
    response = api.read_with_token(api.issuer.token("auth0|another-customer"))

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
        pytest.param({"signer": rsa.generate_private_key(65537, 2048)}, 401, id="another key"),
    ],
)
def test_request_is_refused_when_its_token_is_invalid(api: Api, changes: dict[str, Any], expected: int) -> None:
    assert api.read_with_token(api.issuer.token(api.owner, **changes)).status == expected


def test_request_is_refused_when_the_token_is_changed_or_unsigned(api: Api) -> None:
    header, claims, signature = api.issuer.token(api.owner).split(".")
    other_claims = api.issuer.token("auth0|another-customer").split(".")[1]
    unsigned_header = to_base64url({"alg": "none", "kid": KEY_ID})

    assert api.read_with_token(f"{header}.{other_claims}.{signature}").status == 401
    assert api.read_with_token(f"{unsigned_header}.{claims}.").status == 401


@pytest.mark.parametrize("path", ["/orders", "/orders/ord_aaaaaaaaaaaaaaaaaaaaaaaaaa", "/", "/admin"])
def test_every_path_requires_a_token(api: Api, path: str) -> None:
    headers = {"X-Customer-Id": api.owner, "Content-Type": "application/json", "Idempotency-Key": "key"}

    assert storefront.request("GET", f"{api.url}{path}", headers).status == 401
    assert storefront.request("POST", f"{api.url}{path}", headers, b"{}").status == 401
