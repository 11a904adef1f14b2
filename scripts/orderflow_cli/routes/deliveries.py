"""Computes the deliveries of a message to every receiver of a plan, directly or through topics, queues and
other buses."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from orderflow_cli.routes import engine
from orderflow_cli.routes.engine import Engine, Question
from orderflow_cli.routes.messages import Message
from orderflow_cli.routes.plan import Plan
from orderflow_cli.routes.settings import Settings
from orderflow_cli.routes.topology import Node, Receiver, Topology
from orderflow_cli.routes.verdicts import Answer, Verdict, decide_match, find_values, has_object_list_leaf, parse_leaves

_JSON_PATH_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[['\"]([^'\"]+)['\"]\]|\[(\d+|\*)\]")

_ENTRY_NODE_KINDS: Final = {"bus": ("bus",), "topic": ("topic",), "stream": ("table", "stream")}


@dataclass(frozen=True)
class Delivery:
    """The verdict on whether a receiver's filter matches a message that reached its source."""

    message: Message
    receiver: Receiver
    verdict: Verdict
    hops: tuple[Receiver, ...] = ()
    """The receivers that forwarded the message to this one, in order."""

    @property
    def path(self) -> tuple[Receiver, ...]:
        return (*self.hops, self.receiver)


@dataclass(frozen=True)
class _Arrival:
    """A message in the form in which it arrives at a node; `body` is None if unknown."""

    body: Any
    attributes: Mapping[str, Any]


class Routes:
    """The routes in a plan; `settings` (routes.toml) name the contracts and events that are sent along them."""

    def __init__(self, plan: Plan, settings: Settings | None = None, engine: Engine | None = None) -> None:
        self.plan = plan
        self.settings = settings or Settings()
        self.topology = Topology(plan)
        self._engine = engine
        self._answers: dict[tuple[Receiver, tuple[str, ...]], Answer] = {}

    @classmethod
    def read(cls, plan: Path, settings: Settings | None = None, source: Path | None = None) -> "Routes":
        """Read the output of `terraform show -json`; `source` is the folder of the configuration, if on disk."""
        return cls(Plan.load(plan, source), settings)

    @cached_property
    def engine(self) -> Engine:
        return self._engine or engine.local_engine()

    @cached_property
    def messages(self) -> list[Message]:
        """Return every example of every contract, and the events without a contract."""
        account, region = self.plan.account, self.plan.region
        examples = [one for contract in self.settings.contracts for one in contract.messages(account, region)]
        return [*examples, *self.settings.single_events(account, region)]

    def entry_nodes(self, message: Message) -> list[Node]:
        """Return the buses, topics or streams to which a message is published."""
        kinds = (*_ENTRY_NODE_KINDS[message.carrier], "unknown")
        sources = dict.fromkeys(one.source for one in self.topology.receivers if one.source.kind in kinds)
        return [one for one in sources if self.settings.selects_bus_or_topic(message.carrier, one.name)]

    def deliveries(self, message: Message) -> list[Delivery]:
        """Return a delivery for each receiver whose source the message may reach, directly or through receivers."""
        deliveries: list[Delivery] = []
        for node in self.entry_nodes(message):
            deliveries += self._walk(message, node, _Arrival(message.body, message.attributes), ())
        return deliveries

    def matches(self, receiver: Receiver, body: Any, attributes: Mapping[str, Any] | None = None) -> Answer:
        """Return the answer of `verdict` without the reason. Most results are cached."""
        questions = [Question(kind, text, body, attributes or {}) for kind, text in receiver.filters if text]
        if receiver.is_disabled or len(questions) != len(receiver.filters) or any(map(has_object_list_leaf, questions)):
            return self.verdict(receiver, body, attributes).answer
        # A pattern only reads the values at its leaves.
        values = (json.dumps([find_values(one, leaf.path) for leaf in parse_leaves(one.pattern)]) for one in questions)
        if (key := (receiver, tuple(values))) not in self._answers:
            self._answers[key] = self.verdict(receiver, body, attributes).answer
        return self._answers[key]

    def verdict(self, receiver: Receiver, body: Any, attributes: Mapping[str, Any] | None = None) -> Verdict:
        """Return whether a receiver's filter matches a message that reached its source, and why."""
        if receiver.is_disabled:
            return Verdict(Answer.NO, (f"{receiver.filter_resource.label} is disabled",))
        if not receiver.filters:
            return Verdict(Answer.YES, ("has no filter",))
        verdicts = []
        for kind, pattern in receiver.filters:
            if pattern is None:
                verdicts.append(Verdict(Answer.UNKNOWN, ("its pattern is unknown until apply",)))
            elif body is None and kind != "attributes":
                verdicts.append(Verdict(Answer.UNKNOWN, ("an earlier rule target transforms the message",)))
            else:
                verdicts.append(decide_match(self.engine, Question(kind, pattern, body, attributes or {})))
        candidates = (one for answer in (Answer.YES, Answer.UNKNOWN) for one in verdicts if one.answer is answer)
        return next(candidates, verdicts[0])

    def _walk(self, message: Message, node: Node, arrival: _Arrival, hops: tuple[Receiver, ...]) -> Iterator[Delivery]:
        for receiver in self.topology.find_receivers(node):
            if receiver in hops:
                continue  # a loop, which the check reports
            is_from_queue = receiver.kind == "mapping" and node.kind not in _ENTRY_NODE_KINDS["stream"]
            body = arrival.body
            if is_from_queue and body is not None:
                # The record of a queue's mapping, in the form that its filters read.
                body = {"body": body, "attributes": {}, "messageAttributes": {}, "eventSource": "aws:sqs"}
            verdict = self.verdict(receiver, body, arrival.attributes)
            yield Delivery(message, receiver, verdict, hops)
            if verdict.answer is not Answer.NO and receiver.kind != "mapping":
                next_arrival = _forward(receiver, arrival)
                yield from self._walk(message, receiver.target, next_arrival, (*hops, receiver))


def _forward(receiver: Receiver, arrival: _Arrival) -> _Arrival:
    """Return what a receiver sends to its target."""
    values = receiver.resource.values
    if receiver.kind == "subscription":
        if values.get("raw_message_delivery"):
            return arrival
        envelope = {"Type": "Notification", "Message": json.dumps(arrival.body), "MessageAttributes": {}}
        return _Arrival(envelope, {})
    if values.get("input_transformer"):
        return _Arrival(None, {})
    if isinstance(values.get("input"), str):
        return _Arrival(_parse_json(values["input"]), {})
    if isinstance(values.get("input_path"), str):
        selected_values = list(find_json_path_values(arrival.body, values["input_path"]))
        return _Arrival(selected_values[0] if selected_values else None, {})
    return _Arrival(arrival.body, {})


def json_path_steps(path: str) -> list[str]:
    """Return a JSON path's steps, such as ["detail", "lines", "0", "sku"] for $.detail.lines[0].sku."""
    return ["".join(step) for step in _JSON_PATH_STEP.findall(path.removeprefix("$"))]


def find_json_path_values(node: Any, path: str) -> Iterator[Any]:
    values = [node]
    for step in json_path_steps(path):
        next_values = []
        for value in values:
            if isinstance(value, list):
                next_values += value if step == "*" else value[int(step) : int(step) + 1] if step.isdigit() else []
            elif isinstance(value, Mapping) and step in value:
                next_values.append(value[step])
        values = next_values
    yield from values


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
