"""Abuse cases of the APIs that need the running system; docs/security.md lists every case with its test."""

import json

from dev.fuzz.run import OPENAPI_FILE
from orderflow_cli.demo import storefront
from tests.e2e.conftest import ADDRESS, Shop
from tests.support.receiver import receiver

WEBHOOK_ROUTES = {"ANY /webhooks/payment-provider", "ANY /webhooks/carrier"}


def test_url_in_a_request_is_never_called(shop: Shop) -> None:
    with receiver() as listener:
        url = listener.url.replace("https", "http")
        texts = {name: f"{url}/{name}" for name in ADDRESS if name not in {"country", "postal_code"}}
        email = f"a@{url.removeprefix('http://')[:9]}"
        order = shop.new_order(shipping_address={**ADDRESS, **texts}, contact_email=email)
        headers = {
            **{"Content-Type": "application/json", "X-Customer-Id": order.customer_id},
            **{"Idempotency-Key": order.idempotency_key, "X-Forwarded-Host": url, "Referer": url, "Callback-Url": url},
        }

        accepted_response, refused_response = (
            storefront.request("POST", f"{shop.url}/orders", headers, json.dumps({**order.body, **extra}).encode())
            for extra in ({}, {"callback_url": url})
        )
        shop.wait_for_status(accepted_response.document["order_id"], "delivered")

    assert (accepted_response.status, refused_response.status) == (202, 422)
    assert url not in json.dumps(dict(accepted_response.headers))
    assert listener.requests("/") == []


def test_only_documented_routes_exist(shop: Shop) -> None:
    gateway = shop.cloud.client("apigatewayv2")
    documented_routes = {f"ANY {path}" for path in json.loads(OPENAPI_FILE.read_text("utf-8"))["paths"]}

    def routes(api: str) -> set[str]:
        return {route["RouteKey"] for route in gateway.get_routes(ApiId=shop.outputs[api])["Items"]}

    # `$default` invokes the function, which has the same routes and answers others with 404.
    assert routes("storefront_api_id") == {*documented_routes, "$default"}
    assert routes("webhooks_api_id") == {*WEBHOOK_ROUTES, "$default"}
