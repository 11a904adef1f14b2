"""Orders from the website reach every consumer; repeated requests have no second effect."""

import uuid
from typing import Any

from contracts import Event, encode, ids, times
from orderflow_cli.local_cloud import seed
from orderflow_cli.observe.events import EventQueue
from orderflow_cli.observe.notices import NoticeCollector
from tests.e2e.conftest import Shop, bus_events, wait_for
from tests.support.events import order_placed

MAX_ORDER_BYTES = 65_536


def test_order_reaches_every_consumer_exactly_once(shop: Shop) -> None:
    order = shop.new_order()

    with NoticeCollector(shop.cloud.client, shop.outputs["notices_topic_arn"]) as notices:
        response = shop.place(order)
        order_id = response.document["order_id"]
        item = shop.wait_for_status(order_id, "delivered")
        kinds = wait_for(lambda: _sent_notices(shop, order_id, 4))
        notices.receive_bodies()

    assert response.status == 202
    assert [entry["kind"] for entry in shop.ledger(order_id)] == ["capture"]
    assert shop.ledger(order_id)[0]["amount"] == item["total"]["amount"]
    assert len(shop.book(order_id, "payment")) == 1
    assert (shop.reservation(order_id) or {})["state"] == "shipped"
    versions = [version for notice_order_id, version in notices.delivered_notices if notice_order_id == order_id]
    assert sorted(versions) == sorted(kinds)
    assert {"delivered"} <= set(kinds.values()) <= {"placed", "paid", "shipped", "delivered"}


def test_repeated_request_gets_the_same_response_and_creates_no_order(shop: Shop, event_queue: EventQueue) -> None:
    order = shop.new_order()

    order_id = shop.place(order).document["order_id"]
    shop.wait_for_status(order_id, "delivered")
    repeated_response = shop.place(order)

    assert (repeated_response.status, repeated_response.document["order_id"]) == (202, order_id)
    events = [event.type for event in bus_events(event_queue) if event.order_id == order_id]
    assert events.count("OrderPlaced") == 1
    assert len(shop.ledger(order_id)) == 1


def test_correlation_id_is_the_same_in_every_internal_event(shop: Shop, event_queue: EventQueue) -> None:
    response = shop.place(shop.new_order())
    order_id = response.document["order_id"]
    shop.wait_for_status(order_id, "delivered")

    events = [event for event in bus_events(event_queue) if event.order_id == order_id]

    assert {event.type for event in events} >= {
        "OrderPlaced", "PaymentRequested", "PaymentCaptured", "OrderShipped", "OrderDelivered"
    }  # fmt: skip
    internal_events = [event for event in events if event.source != "orderflow.webhooks"]
    assert {event.metadata["correlation_id"] for event in internal_events} == {response.headers["x-correlation-id"]}


def test_order_with_100_lines_reaches_every_consumer(shop: Shop) -> None:
    skus = sorted(set(seed.prices()) - {seed.sold_out_sku()})[:100]
    order = shop.new_order(lines=[{"sku": sku, "quantity": 1 + number % 7} for number, sku in enumerate(skus)])

    response = shop.place(order)

    assert len(skus) == 100  # enough that the warehouse needs more than one transaction
    assert response.status == 202, response.document
    item = shop.wait_for_status(response.document["order_id"], "delivered")
    assert len(item["lines"]) == 100
    _assert_every_consumer_processed_order(shop, item)


def test_order_of_the_maximum_size_reaches_every_consumer(shop: Shop) -> None:
    event = new_event_of_maximum_size(uuid.uuid4().hex, sorted(set(seed.prices()) - {seed.sold_out_sku()}))
    detail = encode(event)

    entry = {"Source": f"orderflow.{event['metadata']['producer']}", "DetailType": "OrderPlaced", "Detail": detail}
    result = shop.cloud.client("events").put_events(Entries=[{"EventBusName": shop.outputs["bus_name"], **entry}])

    assert (len(detail.encode()), result["FailedEntryCount"]) == (MAX_ORDER_BYTES, 0)
    item = shop.wait_for_status(event["data"]["order_id"], "delivered")
    assert item["lines"] == event["data"]["lines"]
    _assert_every_consumer_processed_order(shop, item)


def new_event_of_maximum_size(suffix: str, skus: list[str]) -> Event:
    """Return an OrderPlaced event with 100 lines, whose names extend its Detail to exactly MAX_ORDER_BYTES."""
    lines = [{"sku": sku, "name": "本", "quantity": 1, "unit_price": 100} for sku in skus[:100]]

    placed_at = times.now()

    def build() -> Event:
        data = {"lines": lines, "total": {"amount": 10_000, "currency": "EUR"}, "placed_at": placed_at}
        return order_placed(order_id=ids.order_id("online", suffix, "cap"), event_id=f"evt-{suffix}", **data)

    missing_bytes = MAX_ORDER_BYTES - len(encode(build()).encode())
    for line in lines:
        count = min(missing_bytes // 3, 199)
        line["name"] = f"{line['name']}{'本' * count}"
        missing_bytes -= 3 * count
    lines[-1]["name"] = f"{lines[-1]['name']}{'x' * missing_bytes}"
    return build()


def _assert_every_consumer_processed_order(shop: Shop, item: dict[str, Any]) -> None:
    order_id = item["order_id"]
    assert (shop.reservation(order_id) or {})["state"] == "shipped"
    assert [entry["amount"] for entry in shop.ledger(order_id)] == [item["total"]["amount"]]
    assert wait_for(lambda: _sent_notices(shop, order_id, 4))


def _sent_notices(shop: Shop, order_id: str, count: int) -> dict[int, str] | None:
    """Return the kinds of the sent notices by version, or None if fewer than `count` were sent or skipped."""
    record = next((case for case in shop.cases(order_id) if case["case_id"] == "notices"), {"sent": {}, "skipped": {}})
    sent = {int(version): kind for version, kind in record["sent"].items()}
    return sent if len(sent) + len(record["skipped"]) >= count else None
