"""Integration tests of the storefront API with its tables, the bus and the recorder."""

import sys
from itertools import chain
from typing import Any

import pytest

from contracts import Event
from storefront_api.price import Catalog
from tests.support import tables
from tests.support.bus import BUS, Bus
from tests.support.handlers import Handler, import_handler
from tests.support.http import CUSTOMER, document, http_event
from tests.support.invocations import Context, envelope, queue_batch
from tests.unit.storefront_api.doubles import order_body, post_order

SKUS = sorted(Catalog.load().items)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, dynamodb: Any, orders_table: str) -> None:
    monkeypatch.setenv("ORDERS_TABLE", orders_table)
    monkeypatch.setenv("CLAIMS_TABLE", tables.create_table(dynamodb, tables.CLAIMS))
    monkeypatch.setenv("BUS_NAME", BUS)
    monkeypatch.setenv("ENVIRONMENT", "dev")
    monkeypatch.setenv("IDENTITY_SOURCE", "jwt")


@pytest.fixture
def handler(environment: None, bus: Bus) -> Handler:
    return import_handler("storefront_api")


def body(**changes: Any) -> dict[str, Any]:
    return order_body(**{"lines": [{"sku": sku, "quantity": 2} for sku in SKUS[:3]], **changes})


def record(recorder: Handler, *events: Event) -> None:
    assert recorder(queue_batch(*map(envelope, events)), Context()) == {"batchItemFailures": []}


def test_order_can_be_read_after_the_recorder_has_written_it(handler: Handler, recorder: Handler, bus: Bus) -> None:
    post_response = handler(post_order(body()), Context())
    href = document(post_response)["href"]
    assert handler(http_event("GET", href), Context())["statusCode"] == 404

    record(recorder, *bus.receive_events())

    get_response = handler(http_event("GET", href), Context())
    assert (post_response["statusCode"], get_response["statusCode"]) == (202, 200)
    assert document(get_response)["status"] == "placed"
    assert document(get_response)["total"] == document(post_response)["total"]
    assert handler(http_event("GET", href, customer="somebody-else"), Context())["statusCode"] == 404


def test_pages_list_each_order_once_newest_first(
    handler: Handler, recorder: Handler, bus: Bus, dynamodb: Any, orders_table: str
) -> None:
    for number in range(5):
        assert handler(post_order(body(), headers={"idempotency-key": f"key-{number}"}), Context())["statusCode"] == 202
    assert handler(post_order(body(), customer="somebody-else"), Context())["statusCode"] == 202
    record(recorder, *bus.receive_events())
    till_order = {"order_id": "till", "customer_id": CUSTOMER, "placed_at": "2026-03-01T09:30:00.000Z"}
    tables.put(dynamodb, orders_table, till_order)
    own_orders = [item for item in tables.scan(dynamodb, orders_table) if item.get("buyer") == CUSTOMER]
    cancelled_order_id = min(item["order_id"] for item in own_orders)
    key = {"order_id": {"S": cancelled_order_id}}
    value = {"Value": {"S": "cancelled"}}
    dynamodb.update_item(TableName=orders_table, Key=key, AttributeUpdates={"status": value})

    def pages(**query: str) -> list[list[str]]:
        order_ids, has_next = [], True
        while has_next:
            page = document(handler(http_event("GET", "/orders", query=query), Context()))
            order_ids.append([order["order_id"] for order in page["orders"]])
            has_next = "next_cursor" in page
            query["cursor"] = page.get("next_cursor", "")
        return order_ids

    expected_orders = sorted(own_orders, key=lambda item: (item["placed_at"], item["order_id"]), reverse=True)
    listed_pages = pages(limit="2")
    assert [len(page) for page in listed_pages] == [2, 2, 1]
    assert list(chain(*listed_pages)) == [item["order_id"] for item in expected_orders]
    assert list(chain(*pages(limit="1", status="cancelled"))) == [cancelled_order_id]
    assert len(pages(limit="5", status="placed")[0]) == 4
    request = http_event("GET", "/support/orders", scope="orders:support", query={"customer_id": "somebody-else"})
    assert len(document(handler(request, Context()))["orders"]) == 1


@pytest.mark.parametrize(("batch_size", "status"), [(2, 200), (0, 503)])
def test_unprocessed_keys_are_requested_again(
    *, batch_size: int, status: int, handler: Handler, recorder: Handler, bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        handler(post_order(body(), headers={"idempotency-key": f"key-{number}"}), Context())
    record(recorder, *bus.receive_events())
    client = sys.modules["storefront_api.handler"].api.orders._client
    batch_get_item = client.batch_get_item

    def read_first_keys(**request: Any) -> Any:
        ((table, table_request),) = request["RequestItems"].items()
        keys = table_request["Keys"]
        answer = batch_get_item(RequestItems={table: {"Keys": keys[:batch_size]}}) if batch_size else {"Responses": {}}
        return answer | ({"UnprocessedKeys": {table: {"Keys": keys[batch_size:]}}} if keys[batch_size:] else {})

    monkeypatch.setattr(client, "batch_get_item", read_first_keys)
    response = handler(http_event("GET", "/orders"), Context())

    assert response["statusCode"] == status
    assert len(document(response).get("orders", [])) == (3 if batch_size else 0)


def test_request_gets_503_without_a_table(handler: Handler, bus: Bus, dynamodb: Any, orders_table: str) -> None:
    dynamodb.delete_table(TableName=orders_table)

    response = handler(post_order(body()), Context())

    assert response["statusCode"] == 503
    assert bus.receive_events() == []
