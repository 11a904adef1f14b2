"""The receivers of an event, why others do not receive it, and the state of each delivery."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from orderflow_cli.observe import deliveries, events
from orderflow_cli.observe.deliveries import Delivery, Evidence
from orderflow_cli.observe.events import Event
from orderflow_cli.observe.failures import TraceStep
from orderflow_cli.observe.flow import EventSourceMapping, Flow, Function, Rule, Subscription
from orderflow_cli.observe.partners import Partner
from orderflow_cli.routes import engine

ARN_FORMAT = "arn:aws:{}:eu-west-1:000000000000:{}"
PROVIDER_ARN = ARN_FORMAT.format("events", "api-destination/provider/1")
HANDLED_AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def rule(role: str, pattern: dict[str, Any], target: str, *, enabled: bool = True) -> Rule:
    return Rule(role, role, "", "orders", pattern, enabled, {"target": target})


def queue(name: str) -> str:
    return ARN_FORMAT.format("sqs", name)


def subscription(name: str, policy: dict[str, Any], scope: str = "MessageBody") -> Subscription:
    return Subscription("order-changes", "", "sqs", queue(name), policy, scope)


FLOW = Flow(
    bus="orders",
    table="orders",
    functions=tuple(Function(role, role, f"/aws/lambda/{role}") for role in ("recorder", "finance", "warehouse")),
    event_source_mappings=(
        EventSourceMapping("1", "recorder", queue("intake"), "Enabled"),
        EventSourceMapping("2", "finance", queue("finance"), "Enabled"),
        EventSourceMapping("3", "warehouse", queue("warehouse"), "Disabled"),
    ),
    rules=(
        rule("intake", {"detail-type": ["OrderPlaced"]}, queue("intake")),
        rule("payment_request", {"detail-type": ["PaymentRequested"]}, PROVIDER_ARN),
        rule("off", {"source": [{"prefix": ""}]}, queue("off"), enabled=False),
    ),
    subscriptions=(
        subscription("finance", {"data": {"changed_fields": ["payments"]}}),
        subscription("warehouse", {"data": {"status": ["paid"]}}),
        subscription("loyalty", {"status": ["delivered"]}, "MessageAttributes"),
        Subscription("notices", "", "email", "a@example.com"),
    ),
)


def bus_event(kind: str, **data: Any) -> Event:
    envelope = {"id": "e-1", "detail-type": kind, "source": "orderflow.storefront_api", "time": "2026-03-01T09:30:00Z"}
    detail = {"metadata": {"event_id": "evt-1", "occurred_at": "2026-03-01T09:29:59Z"}, "data": data}
    event = events.parse(json.dumps({**envelope, "detail": detail}), "orders")
    assert event
    return event


def topic_event(**data: Any) -> Event:
    message = {"metadata": {"event_id": "evt-2", "event_type": "OrderChanged"}, "data": data}
    attributes = {"status": {"Type": "String", "Value": data["status"]}}
    notification = {
        **{"Type": "Notification", "MessageId": "m-1", "Timestamp": "2026-03-01T09:30:01Z"},
        **{"TopicArn": ARN_FORMAT.format("sns", "orderflow-local-order-changes"), "MessageAttributes": attributes},
        "Message": json.dumps(message),
    }
    event = events.parse(json.dumps(notification), "orders")
    assert event
    return event


def deliveries_by_receiver(event: Event, evidence: Evidence | None = None) -> dict[str, Delivery]:
    results = deliveries.find_deliveries(FLOW, event, engine.local_engine(), evidence or Evidence())
    return {one.receiver.name: one for one in results}


def step(where: str, event_id: str, **details: Any) -> TraceStep:
    return TraceStep(HANDLED_AT, where, "Done", {"event_id": event_id, **details}, failed="reason" in details)


def test_events_of_bus_and_topic_are_parsed() -> None:
    bus, topic = bus_event("OrderPlaced", order_id="ord_1"), topic_event(order_id="ord_1", version=2, status="paid")

    assert (bus.carrier, bus.carrier_name, bus.id, bus.type) == ("bus", "orders", "evt-1", "OrderPlaced")
    assert bus.order_id == "ord_1"
    assert bus.occurred_at < bus.at
    assert (topic.carrier, topic.id, topic.type, topic.version) == ("topic", "evt-2", "OrderChanged", 2)
    assert topic.attributes == {"status": {"DataType": "String", "StringValue": "paid"}}


@pytest.mark.parametrize("text", ["", "null", "[]", '{"id": 1}', "no json"])
def test_message_that_is_not_an_event_is_ignored(text: str) -> None:
    assert events.parse(text, "orders") is None


def test_receiver_is_named_after_its_function_or_rule() -> None:
    receiver_deliveries = deliveries_by_receiver(bus_event("OrderPlaced"), Evidence(steps=[step("recorder", "evt-1")]))

    assert {name: one.state for name, one in receiver_deliveries.items()} == {
        "recorder": "handled",
        "payment_request": "not sent",
        "off": "not sent",
    }
    assert receiver_deliveries["recorder"].handled_at == HANDLED_AT
    assert 'detail-type is "OrderPlaced", not "PaymentRequested"' in receiver_deliveries["payment_request"].reason
    assert receiver_deliveries["off"].reason == "its rule is disabled"


def test_reason_names_the_field_that_does_not_match() -> None:
    receiver_deliveries = deliveries_by_receiver(topic_event(status="shipped", changed_fields=["shipment"]))

    assert 'data.changed_fields is "shipment"' in receiver_deliveries["finance"].reason
    assert 'data.status is "shipped", not "paid"' in receiver_deliveries["warehouse"].reason
    assert 'status is "shipped", not "delivered"' in receiver_deliveries["loyalty"].reason
    assert "a@example.com" not in receiver_deliveries


TABLE_ERROR = {"reason": "table_unavailable", "detail": "AccessDenied"}


@pytest.mark.parametrize(
    ("evidence", "state", "problem"),
    [
        (Evidence(), "on its way", ""),
        (Evidence(steps=[step("finance", "another event")]), "on its way", ""),
        (Evidence(steps=[step("finance", "evt-2", **TABLE_ERROR)]), "failing", "table_unavailable (AccessDenied)"),
        (Evidence(steps=[step("finance", "evt-2", **TABLE_ERROR), step("finance", "evt-2")]), "handled", ""),
        (Evidence(dead_letter_bodies=['{"event_id": "evt-2"}']), "failing", "a dead-letter message contains the event"),
    ],
)
def test_delivery_reports_what_prevents_it(evidence: Evidence, state: str, problem: str) -> None:
    delivery = deliveries_by_receiver(topic_event(status="paid", changed_fields=["payments"]), evidence)["finance"]

    assert (delivery.state, delivery.problem) == (state, problem)


def test_disabled_mapping_prevents_delivery() -> None:
    delivery = deliveries_by_receiver(topic_event(status="paid", changed_fields=[]))["warehouse"]

    assert delivery.state == "failing"
    assert delivery.problem == "it does not read its queue warehouse: its event source mapping is Disabled"


@pytest.mark.parametrize(
    ("partner", "state"),
    [
        (Partner("payment provider", ({"kind": "payment", "at": HANDLED_AT.isoformat()},)), "handled"),
        (Partner("payment provider", (), "refuses connections"), "failing"),
        (Partner("payment provider", ()), "on its way"),
    ],
)
def test_delivery_to_a_partner_has_the_state_shown_by_its_book_or_problem(partner: Partner, state: str) -> None:
    evidence = Evidence(partners={"payment_provider": partner})

    assert deliveries_by_receiver(bus_event("PaymentRequested"), evidence)["payment_request"].state == state
