"""Draws the deployed flow: nodes in fixed lanes, and the edges between them.

Lanes: producers | bus | rules | recorder, table, relay, and below them partners and queues | topic | subscribers."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from orderflow_cli.environments import resource_name
from orderflow_cli.observe.deliveries import Receiver
from orderflow_cli.observe.events import Event
from orderflow_cli.observe.flow import Flow

WIDTH: Final = 1272
_TOP, _ROW_HEIGHT, _SMALL_ROW_HEIGHT = 56, 84, 50
_NODE_X: Final = {"producer": 86, "bus": 238, "rule": 400, "recorder": 588, "table": 738, "relay": 882, "topic": 1010}
_SUBSCRIBER_X, _PARTNER_X = 1164, 650
LANES: Final = ((86, "producers"), (238, "bus"), (400, "rules"), (735, "state"), (1010, "topic"), (1164, "consumers"))
_PRODUCERS: Final = {
    "storefront_api": ("Storefront API", "website and app"),
    "pos_import": ("Till import", "files from shops"),
    "webhooks": ("Webhooks", "partners' callbacks"),
    "payment_deadline": ("Payment deadline", "checked on a schedule"),
}
_PARTNERS: Final = {"payment_provider": "Payment provider", "carrier": "Carrier"}


@dataclass(frozen=True)
class Node:
    """A node; `hop` names its counter in the journal, `queue` the queue that it reads."""

    id: str
    label: str
    subtitle: str
    x: float
    y: float
    width: float = 156
    height: float = 50
    kind: str = "function"
    hop: str = ""
    queue: str = ""

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height / 2


@dataclass(frozen=True)
class Edge:
    start: str
    end: str
    path: str
    is_return: bool = False

    @property
    def id(self) -> str:
        return f"{self.start}>{self.end}"


@dataclass
class Drawing:
    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    height: float = 0

    def add(self, node: Node) -> None:
        self.nodes[node.id] = node

    def add_edge(self, start: str, end: str) -> None:
        """Add a curve from the right side of one node to the left side of another."""
        source, target = self.nodes[start], self.nodes[end]
        y1 = _clamp_y(source, target.y) if source.kind in {"bus", "topic"} else source.y
        y2 = _clamp_y(target, source.y) if target.kind in {"bus", "topic"} else target.y
        x1, x2, half_width = source.right, target.left, (target.left - source.right) / 2
        path = f"M{x1:g} {y1:g}C{x1 + half_width:g} {y1:g} {x2 - half_width:g} {y2:g} {x2:g} {y2:g}"
        self.edges[f"{start}>{end}"] = Edge(start, end, path)

    def add_return_edge(self, start: str, end: str, level: float, *, starts_at_right: bool = False) -> None:
        """Add a line below all nodes, from the right side or bottom of a node to the bottom of another to its left."""
        source, target = self.nodes[start], self.nodes[end]
        x1, y1 = (source.right, source.y) if starts_at_right else (source.x, source.bottom)
        turn_x = x1 + 16 if starts_at_right else x1
        downward_path = f"H{turn_x - 8:g}q8 0 8 8V{level - 10:g}" if starts_at_right else f"V{level - 10:g}"
        path = f"M{x1:g} {y1:g}{downward_path}q0 10 -10 10H{target.x + 10:g}q-10 0 -10 -10V{target.bottom:g}"
        self.edges[f"{start}>{end}"] = Edge(start, end, path, is_return=True)


def _clamp_y(node: Node, y: float) -> float:
    return min(max(y, node.top + 14), node.bottom - 14)


def draw(flow: Flow) -> Drawing:
    result = Drawing()
    functions = {one.role for one in flow.functions}
    queues = {one.function: one.source for one in flow.event_source_mappings}
    rules = [one for one in flow.rules if not one.role.endswith("_redrive")]
    targets = [(rule.role, target) for rule in rules for target in rule.targets.values()]
    rows = [(role, *_target_id_and_label(flow, role, target)) for role, target in targets]
    readers = {one.source: one.function for one in reversed(flow.event_source_mappings)}
    endpoints = [(resource_name(one.endpoint), one) for one in flow.subscriptions if one.topic != "notices"]
    subscribers = [(readers.get(name, name), one) for name, one in endpoints]
    partners = list(dict.fromkeys((node, label) for _, node, label in rows if node != "function:recorder"))

    producers = [role for role in _PRODUCERS if role in functions]
    rows_bottom_y = _TOP + 40 + _SMALL_ROW_HEIGHT * (1 + max(len(rows) - 1, len(partners)))
    bottom_y = max(rows_bottom_y, _TOP + _ROW_HEIGHT * max(len(producers), len(subscribers), 4) - 10)
    for number, role in enumerate(producers):
        label, subtitle = _PRODUCERS[role]
        node_y = _node_y(number, len(producers), bottom_y)
        result.add(Node(f"producer:{role}", label, subtitle, _NODE_X["producer"], node_y, hop=f"from {role}"))
    middle_y = (_TOP + bottom_y) / 2 - 6
    bar_height = bottom_y - _TOP + 24
    result.add(Node("bus", "Event bus", flow.bus, _NODE_X["bus"], middle_y, 84, bar_height, "bus", "bus"))
    top_y = _TOP + 22
    result.add(replace(_function_node("recorder", "decides the state", _NODE_X["recorder"], top_y, queues), width=112))
    result.add(Node("table", "Orders table", "DynamoDB and its stream", _NODE_X["table"], top_y, 122, kind="table"))
    result.add(replace(_function_node("relay", "publishes changes to orders", _NODE_X["relay"], top_y, {}), width=100))
    result.add(Node("topic", "Topic", "order changes", _NODE_X["topic"], middle_y, 84, bar_height, "topic", "topic"))
    for role in producers:
        result.add_edge(f"producer:{role}", "bus")

    y = top_y + 66.0
    # The first rule to the recorder is level with it; below, rules to the same partner are adjacent.
    first_row = next((row for row in rows if row[1] == "function:recorder"), None)
    node_order = ["function:recorder", *(node for node, _ in partners)]
    other_rows = sorted((row for row in rows if row is not first_row), key=lambda row: node_order.index(row[1]))
    for node, label in partners:
        indexes = [index for index, row in enumerate(other_rows) if row[1] == node]
        node_y = y + _SMALL_ROW_HEIGHT * (sum(indexes) / len(indexes))
        kind = "partner" if node.startswith("partner:") else "queue"
        subtitle = "external, over HTTP" if kind == "partner" else "kept for inspection"
        result.add(Node(node, label, subtitle, _PARTNER_X, node_y, 164, 42, kind, node.replace("partner:", "to ", 1)))
    for role, node, _ in [*([first_row] if first_row else []), *other_rows]:
        node_y = top_y if first_row and role == first_row[0] else y
        y += 0 if node_y == top_y else _SMALL_ROW_HEIGHT
        result.add(Node(f"rule:{role}", _label(role), "", _NODE_X["rule"], node_y, 200, 34, "rule", f"to {role}"))
        result.add_edge("bus", f"rule:{role}")
        result.add_edge(f"rule:{role}", node)
    for start, end in (("function:recorder", "table"), ("table", "function:relay"), ("function:relay", "topic")):
        result.add_edge(start, end)
    for number, (role, subscription) in enumerate(subscribers):
        node_y = _node_y(number, len(subscribers), bottom_y)
        subscriber_node = _function_node(role, subscription.protocol.upper(), _SUBSCRIBER_X, node_y, queues)
        result.add(subscriber_node)
        result.add_edge("topic", subscriber_node.id)
    _add_return_edges(result, subscriber_roles=[role for role, _ in subscribers], level=bottom_y + 26)
    return result


def _add_return_edges(drawing: Drawing, subscriber_roles: list[str], level: float) -> None:
    drawing.height = level + 34
    for role in ("finance", "warehouse"):
        if role in subscriber_roles:
            drawing.add_return_edge(f"function:{role}", "bus", level + 20, starts_at_right=True)
    if "producer:webhooks" in drawing.nodes:
        for partner in ("partner:carrier", "partner:payment_provider"):
            if partner in drawing.nodes:
                drawing.add_return_edge(partner, "producer:webhooks", level, starts_at_right=True)


def _function_node(role: str, subtitle: str, x: float, y: float, queues: dict[str, str]) -> Node:
    return Node(f"function:{role}", _label(role), subtitle, x, y, hop=f"by {role}", queue=queues.get(role, ""))


def _node_y(number: int, count: int, bottom_y: float) -> float:
    return _TOP + 22 + (bottom_y - _TOP - 56) * (number / max(count - 1, 1))


def _target_id_and_label(flow: Flow, role: str, arn: str) -> tuple[str, str]:
    name = resource_name(arn)
    if ":api-destination/" in arn:
        partner = "carrier" if "carrier" in arn or "shipment" in role else "payment_provider"
        return f"partner:{partner}", _PARTNERS[partner]
    function = next((one.function for one in flow.event_source_mappings if one.source == name), None)
    if function:
        return f"function:{function}", _label(function)
    return f"queue:{name}", "Unrouted events" if name.endswith("-unrouted") else name


def _label(role: str) -> str:
    return role.replace("_", " ").capitalize()


def find_paths(drawing: Drawing, event: Event, receivers: Iterable[Receiver]) -> list[list[str]]:
    """Return an event's paths as lists of edge ids: one to the bus or topic, and one from there to each receiver."""
    if event.carrier == "topic":
        shared_path = ["function:recorder>table", "table>function:relay", "function:relay>topic"]
        branches = [[f"topic>function:{one.name}"] for one in receivers]
    else:
        producer = event.source.removeprefix("orderflow.")
        producer_kind = "producer" if f"producer:{producer}" in drawing.nodes else "function"
        partners = {"Payment": "payment_provider", "Refund": "payment_provider", "OrderDelivered": "carrier"}
        caller = next((name for prefix, name in partners.items() if event.type.startswith(prefix)), "")
        call_edges = [f"partner:{caller}>producer:webhooks"] if producer == "webhooks" else []
        shared_path = [*call_edges, f"{producer_kind}:{producer}>bus"]
        branches = [
            [edge.id, next((other.id for other in drawing.edges.values() if other.start == edge.end), "")]
            for one in receivers
            for edge in drawing.edges.values()
            if edge.start == "bus" and edge.end == f"rule:{one.rule}"
        ]
    return [[edge for edge in path if edge in drawing.edges] for path in (shared_path, *branches)]
