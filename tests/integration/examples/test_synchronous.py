"""The synchronous application and the proxy that shifts orders to the new application, both on loopback."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from examples.synchronous.loopback import Request, Response, Server, send_request
from examples.synchronous.migration_proxy import ROUTE, MigrationProxy, rollout_bucket
from examples.synchronous.services import SERVICE_NAMES, Service
from examples.synchronous.shop import CATALOG_PATH, Shop

SKU = min(json.loads(CATALOG_PATH.read_text())["items"])


@dataclass
class OldApp:
    """The synchronous application with its four services, which respond without delay."""

    services: dict[str, Service]
    urls: dict[str, str]
    shop: Shop
    url: str

    def count_effects(self) -> dict[str, int]:
        return {name: len(service.effects) for name, service in self.services.items()}


@dataclass
class AppDouble:
    """A double of either application, which accepts and records requests and responds like the storefront API."""

    requests: list[Request] = field(default_factory=list)

    def respond(self, request: Request) -> Response:
        self.requests.append(request)
        order_id = f"ord_{len(self.requests)}"
        if request.method == "GET":
            return Response(200, {"order_id": request.path.rpartition("/")[2], "status": "delivered"})
        return Response(202, {"order_id": order_id, "status": "accepted", "total": {"amount": 1, "currency": "EUR"}})


@pytest.fixture
def old() -> Iterator[OldApp]:
    services = {name: Service(name, delay_seconds=0.0) for name in SERVICE_NAMES}
    with ExitStack() as stack:
        urls = {name: stack.enter_context(service.serve()).url for name, service in services.items()}
        shop = Shop(urls)
        yield OldApp(services, urls, shop, stack.enter_context(shop.serve()).url)


@pytest.fixture
def new() -> Iterator[tuple[AppDouble, Server]]:
    app = AppDouble()
    with Server(app.respond) as server:
        yield app, server


@pytest.fixture
def routes_path(tmp_path: Path) -> Path:
    return write_percentages(tmp_path / "routes.json", web=0, mobile=0)


@pytest.fixture
def proxy_url(old: OldApp, new: tuple[AppDouble, Server], routes_path: Path) -> Iterator[str]:
    with MigrationProxy(old.url, new[1].url, routes_path).serve() as server:
        yield server.url


def write_percentages(routes_path: Path, **percentages: int) -> Path:
    routes_path.write_text(json.dumps({ROUTE: percentages}))
    return routes_path


def place_order(url: str, customer: str = "customer-1", key: str = "key-1", channel: str = "web") -> Response:
    body = {"channel": channel, "lines": [{"sku": SKU, "quantity": 2}]}
    headers = {"Content-Type": "application/json", "X-Customer-Id": customer, "Idempotency-Key": key}
    return send_request("POST", f"{url}/orders", json.dumps(body).encode(), headers)


def test_all_four_services_are_called_and_the_order_is_stored(old: OldApp) -> None:
    answer = place_order(old.url)

    assert (answer.status, old.count_effects()) == (201, dict.fromkeys(SERVICE_NAMES, 1))
    order_url = f"{old.url}/orders/{answer.document['order_id']}"
    order_response = send_request("GET", order_url, headers={"X-Customer-Id": "customer-1"})
    assert (order_response.status, order_response.document["total"]) == (200, answer.document["total"])
    assert send_request("GET", order_url).status == 404


@pytest.mark.parametrize("failing_service", SERVICE_NAMES)
def test_order_is_lost_but_side_effects_remain_when_a_service_fails(old: OldApp, failing_service: str) -> None:
    assert send_request("PUT", f"{old.urls[failing_service]}/behaviour", b'{"down": true}').status == 200

    answer = place_order(old.url)

    assert (answer.status, answer.document) == (502, {"error": f"{failing_service} returned 503"})
    assert old.shop.orders == {}
    earlier_services = SERVICE_NAMES[: SERVICE_NAMES.index(failing_service)]
    assert old.count_effects() == {name: int(name in earlier_services) for name in SERVICE_NAMES}


def test_order_fails_when_a_service_is_unavailable() -> None:
    with Shop(dict.fromkeys(SERVICE_NAMES, "http://127.0.0.1:1")).serve() as server:
        assert place_order(server.url).document == {"error": "payment does not respond"}


def test_orders_go_to_the_old_app_at_0_percent(old: OldApp, new: tuple[AppDouble, Server], proxy_url: str) -> None:
    answer = place_order(proxy_url)

    assert (answer.status, set(answer.document)) == (202, {"order_id", "status", "total", "href"})
    assert new[0].requests == []
    assert list(old.shop.orders) == [answer.document["order_id"]]
    order_response = send_request("GET", proxy_url + answer.document["href"], headers={"X-Customer-Id": "customer-1"})
    assert order_response.document["order_id"] == answer.document["order_id"]


def test_larger_percentage_keeps_customers_that_were_already_moved(
    old: OldApp, new: tuple[AppDouble, Server], proxy_url: str, routes_path: Path
) -> None:
    customers = [f"customer-{number}" for number in range(60)]
    moved_customers: list[set[str]] = []

    for percentage in (0, 30, 100):
        write_percentages(routes_path, web=percentage, mobile=0)
        new[0].requests.clear()
        for customer in customers:
            assert place_order(proxy_url, customer, key=f"{percentage}").status == 202
        moved_customers.append({request.headers["x-customer-id"] for request in new[0].requests})

    assert moved_customers[0] == set()
    assert moved_customers[1] == {customer for customer in customers if rollout_bucket(customer) < 30}
    assert 5 < len(moved_customers[1]) < 40
    assert moved_customers[2] == set(customers)


def test_each_channel_has_its_own_percentage(new: tuple[AppDouble, Server], proxy_url: str, routes_path: Path) -> None:
    write_percentages(routes_path, web=0, mobile=100)

    web_response, mobile_response = place_order(proxy_url, key="w"), place_order(proxy_url, key="m", channel="mobile")

    assert (web_response.document["order_id"][:4], mobile_response.document["order_id"]) == ("1001", "ord_1")
    order_response = send_request("GET", proxy_url + mobile_response.document["href"])
    assert order_response.document == {"order_id": "ord_1", "status": "delivered"}
    assert [request.method for request in new[0].requests] == ["POST", "GET"]


@pytest.mark.parametrize(("first_percentage", "second_percentage"), [(0, 100), (100, 0)])
def test_repeated_request_goes_to_the_same_application(
    new: tuple[AppDouble, Server], proxy_url: str, routes_path: Path, first_percentage: int, second_percentage: int
) -> None:
    write_percentages(routes_path, web=first_percentage)
    place_order(proxy_url)

    write_percentages(routes_path, web=second_percentage)
    place_order(proxy_url)
    place_order(proxy_url, key="key-2")

    keys = [request.headers["idempotency-key"] for request in new[0].requests]
    assert keys == (["key-2"] if first_percentage == 0 else ["key-1", "key-1"])


def test_order_is_not_sent_to_the_old_application_when_the_new_one_fails(old: OldApp, routes_path: Path) -> None:
    write_percentages(routes_path, web=100)

    with MigrationProxy(old.url, "http://127.0.0.1:1", routes_path).serve() as proxy:
        answer = place_order(proxy.url)

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert old.count_effects() == dict.fromkeys(SERVICE_NAMES, 0)


@pytest.mark.parametrize("body", [b"", b"quantity=1", b"[]", b'{"channel": 7}'])
def test_unknown_channel_uses_the_old_app(routes_path: Path, new: tuple[AppDouble, Server], body: bytes) -> None:
    write_percentages(routes_path, web=100)
    old = AppDouble()

    with Server(old.respond) as server, MigrationProxy(server.url, new[1].url, routes_path).serve() as proxy:
        send_request("POST", f"{proxy.url}/orders", body)

    assert (len(old.requests), len(new[0].requests)) == (1, 0)
