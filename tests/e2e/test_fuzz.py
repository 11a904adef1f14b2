"""Fuzzes the storefront API against its OpenAPI document. `make fuzz` sends more requests."""

from collections import Counter
from pathlib import Path

import pytest

from dev.fuzz import run as fuzzing
from dev.fuzz.run import Outcome
from orderflow_cli.observe.events import EventQueue
from tests.e2e.conftest import Shop, bus_events

MAX_EXAMPLES = 25
OPERATIONS = {
    "POST /orders",
    "GET /orders",
    "GET /orders/{order_id}",
    "POST /orders/{order_id}/cancel",
    "GET /support/orders",
}


@pytest.fixture(scope="module")
def outcome(shop: Shop, event_queue: EventQueue, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder: Path = tmp_path_factory.mktemp("fuzz")
    return fuzzing.run(shop.url, folder, MAX_EXAMPLES)


def test_every_operation_and_link_conforms_to_the_document(outcome: Outcome) -> None:
    responses = Counter((exchange.operation, exchange.status) for exchange in outcome.exchanges)

    assert outcome.passed, outcome.report
    assert {operation for operation, _ in responses} == OPERATIONS
    assert [response for response in responses if response[1] >= 500] == []
    assert len(outcome.accepted_order_ids()) >= MAX_EXAMPLES // 2
    assert {202, 400, 422} <= {status for operation, status in responses if operation == "POST /orders"}
    for name in ("GET /orders", "GET /support/orders"):
        assert {200, 400} <= {status for operation, status in responses if operation == name}
    assert {200, 404, 405} <= {status for operation, status in responses if operation == "GET /orders/{order_id}"}


def test_only_accepted_orders_are_published_when_the_api_is_fuzzed(outcome: Outcome, event_queue: EventQueue) -> None:
    events = [event.data for event in bus_events(event_queue) if event.type == "OrderPlaced"]
    placed_orders = [data for data in events if data["customer_id"].startswith(outcome.run_id)]

    refused_exchanges = [exchange for exchange in outcome.exchanges if 400 <= exchange.status < 500]
    assert len(refused_exchanges) > len(outcome.accepted_order_ids())
    assert {data["order_id"] for data in placed_orders} == outcome.accepted_order_ids()
    assert {data["customer_id"] for data in placed_orders} == {
        exchange.customer for exchange in outcome.exchanges if exchange.order_id
    }
