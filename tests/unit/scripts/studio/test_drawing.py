"""The drawing of the flow: every deployed resource has a node, and every event a path to its receivers."""

from dataclasses import replace

from orderflow_cli.observe.deliveries import find_receivers
from orderflow_cli.observe.flow import Flow, Subscription
from orderflow_cli.studio import drawing
from tests.unit.scripts.observe.test_deliveries import ARN_FORMAT, FLOW, bus_event, topic_event

FULL_FLOW = replace(
    FLOW, functions=(*FLOW.functions, *(replace(FLOW.functions[0], role=role) for role in ("storefront_api", "relay")))
)


def find_named_receivers(flow: Flow, event: object, *names: str) -> list[object]:
    return [one for one in find_receivers(flow, event) if one.name in names]  # type: ignore[arg-type]


def test_every_rule_and_subscriber_has_its_own_node() -> None:
    subscribers = [Subscription("order-changes", "", "sqs", ARN_FORMAT.format("sqs", f"team-{n}")) for n in range(9)]
    rules = (*FULL_FLOW.rules, *(replace(rule, role=f"{rule.role}_again") for rule in FULL_FLOW.rules))
    diagram = drawing.draw(replace(FULL_FLOW, rules=rules, subscriptions=(*FULL_FLOW.subscriptions, *subscribers)))

    assert {f"rule:{rule.role}" for rule in rules} <= diagram.nodes.keys()
    assert {"function:finance", "function:warehouse", "function:loyalty", "function:team-8"} <= diagram.nodes.keys()
    assert "partner:payment_provider" in diagram.nodes
    boxes = [(node.left, node.right, node.top, node.bottom) for node in diagram.nodes.values()]
    overlapping_boxes = [
        (box, other_box)
        for number, box in enumerate(boxes)
        for other_box in boxes[number + 1 :]
        if box[0] < other_box[1] and other_box[0] < box[1] and box[2] < other_box[3] and other_box[2] < box[3]
    ]
    assert overlapping_boxes == []
    assert all(left > 0 and right < drawing.WIDTH and bottom < diagram.height for left, right, _, bottom in boxes)


def test_path_of_an_event_leads_from_its_producer_to_its_receiver() -> None:
    diagram = drawing.draw(FULL_FLOW)
    order_placed = bus_event("OrderPlaced", order_id="ord_1")
    order_changed = topic_event(status="placed", changed_fields=["payments"])

    assert drawing.find_paths(diagram, order_placed, find_named_receivers(FULL_FLOW, order_placed, "recorder")) == [  # type: ignore[arg-type]
        ["producer:storefront_api>bus"],
        ["bus>rule:intake", "rule:intake>function:recorder"],
    ]
    assert drawing.find_paths(diagram, order_changed, find_named_receivers(FULL_FLOW, order_changed, "finance")) == [  # type: ignore[arg-type]
        ["function:recorder>table", "table>function:relay", "function:relay>topic"],
        ["topic>function:finance"],
    ]
