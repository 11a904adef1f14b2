"""Computes the deliveries of a message to every receiver of a plan, also through topics, queues and
further buses."""

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
from orderflow_cli.routes.verdicts import Answer, Verdict, is_in_object_list, judge, leaves_of, values_at

_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[['\"]([^'\"]+)['\"]\]|\[(\d+|\*)\]")

_ENTRY_KINDS: Final = {"bus": ("bus",), "topic": ("topic",), "stream": ("table", "stream")}


@dataclass(frozen=True)
class Delivery:
    """The verdict of one receiver on a message that reached the receiver's source."""

    message: Message
    receiver: Receiver
    verdict: Verdict
    via: tuple[Receiver, ...] = ()
    """The receivers that forwarded the message to this one, in order."""

    @property
    def path(self) -> tuple[Receiver, ...]:
        return (*self.via, self.receiver)


@dataclass(frozen=True)
class _Arrival:
    """A message in the form in which it arrives at a node; `body` is None if unknown."""

    body: Any
    attributes: Mapping[str, Any]


class Routes:
    """The routes of a plan; `settings` define the messages."""

    def __init__(self, plan: Plan, settings: Settings | None = None, given_engine: Engine | None = None) -> None:
        self.plan = plan
        self.settings = settings or Settings()
        self.topology = Topology(plan)
        self._given_engine = given_engine
        self._answers: dict[tuple[Receiver, tuple[str, ...]], Answer] = {}

    @classmethod
    def read(cls, plan: Path, settings: Settings | None = None, source: Path | None = None) -> "Routes":
        """Read the output of `terraform show -json`; `source` is the folder of the configuration, if on disk."""
        return cls(Plan.load(plan, source), settings)

    @cached_property
    def engine(self) -> Engine:
        return self._given_engine or engine.shared()

    @cached_property
    def messages(self) -> list[Message]:
        """Return every example of every contract, and the events of the settings."""
        account, region = self.plan.account, self.plan.region
        examples = [one for contract in self.settings.contracts for one in contract.messages(account, region)]
        return [*examples, *self.settings.single_events(account, region)]

    def entry_nodes(self, message: Message) -> list[Node]:
        """Return the buses or topics on which a message is published."""
        kinds = (*_ENTRY_KINDS[message.carrier], "unknown")
        sources = dict.fromkeys(one.source for one in self.topology.receivers if one.source.kind in kinds)
        return [one for one in sources if self.settings.carries(message.carrier, one.name)]

    def deliveries(self, message: Message) -> list[Delivery]:
        """Return every receiver's delivery of a message in the order of the plan, also behind topics and queues
        that receive it."""
        found: list[Delivery] = []
        for start in self.entry_nodes(message):
            found += self._follow(message, start, _Arrival(message.body, message.attributes), ())
        return found

    def matches(self, receiver: Receiver, body: Any, attributes: Mapping[str, Any] | None = None) -> Answer:
        """Return the answer of `verdict` without the reason; cached."""
        asked = [Question(kind, text, body, attributes or {}) for kind, text in receiver.filters if text]
        if receiver.disabled or len(asked) != len(receiver.filters) or any(is_in_object_list(one) for one in asked):
            return self.verdict(receiver, body, attributes).answer
        # A pattern only reads the values at its leaves.
        read = tuple(json.dumps([values_at(one, leaf.path) for leaf in leaves_of(one.pattern)]) for one in asked)
        if (receiver, read) not in self._answers:
            self._answers[receiver, read] = self.verdict(receiver, body, attributes).answer
        return self._answers[receiver, read]

    def verdict(self, receiver: Receiver, body: Any, attributes: Mapping[str, Any] | None = None) -> Verdict:
        """Return whether a receiver's filter matches a message that reached its source, and why."""
        if receiver.disabled:
            return Verdict(Answer.NO, (f"{receiver.filtering.label} is disabled",))
        if not receiver.filters:
            return Verdict(Answer.YES, ("has no filter",))
        verdicts = []
        for kind, pattern in receiver.filters:
            if pattern is None:
                verdicts.append(Verdict(Answer.UNKNOWN, ("its pattern is unknown until apply",)))
            elif body is None and kind != "attributes":
                verdicts.append(Verdict(Answer.UNKNOWN, ("the input is built by a template",)))
            else:
                verdicts.append(judge(self.engine, Question(kind, pattern, body, attributes or {})))
        better = (one for answer in (Answer.YES, Answer.UNKNOWN) for one in verdicts if one.answer is answer)
        return next(better, verdicts[0])

    def _follow(self, message: Message, node: Node, arrived: _Arrival, via: tuple[Receiver, ...]) -> Iterator[Delivery]:
        for receiver in self.topology.receivers_of(node):
            if receiver in via:
                continue  # a loop, which the check reports
            queued = receiver.kind == "mapping" and node.kind not in _ENTRY_KINDS["stream"]
            body = arrived.body
            if queued and body is not None:
                # The record of a queue's mapping, in the form that its filters read.
                body = {"body": body, "attributes": {}, "messageAttributes": {}, "eventSource": "aws:sqs"}
            verdict = self.verdict(receiver, body, arrived.attributes)
            yield Delivery(message, receiver, verdict, via)
            if verdict.answer is not Answer.NO and receiver.kind != "mapping":
                onward = _forwarded(receiver, arrived)
                yield from self._follow(message, receiver.target, onward, (*via, receiver))


def _forwarded(receiver: Receiver, arrived: _Arrival) -> _Arrival:
    """Return what a receiver sends to its target."""
    values = receiver.resource.values
    if receiver.kind == "subscription":
        if values.get("raw_message_delivery"):
            return arrived
        envelope = {"Type": "Notification", "Message": json.dumps(arrived.body), "MessageAttributes": {}}
        return _Arrival(envelope, {})
    if values.get("input_transformer"):
        return _Arrival(None, {})
    if isinstance(values.get("input"), str):
        return _Arrival(_as_json(values["input"]), {})
    if isinstance(values.get("input_path"), str):
        found = list(values_at_json_path(arrived.body, values["input_path"]))
        return _Arrival(found[0] if found else None, {})
    return _Arrival(arrived.body, {})


def json_path(path: str) -> list[str]:
    """Return a JSON path's steps, such as ["detail", "lines", "0", "sku"] for $.detail.lines[0].sku."""
    return ["".join(step) for step in _STEP.findall(path.removeprefix("$"))]


def values_at_json_path(node: Any, path: str) -> Iterator[Any]:
    found = [node]
    for step in json_path(path):
        inner = []
        for one in found:
            if isinstance(one, list):
                inner += one if step == "*" else one[int(step) : int(step) + 1] if step.isdigit() else []
            elif isinstance(one, Mapping) and step in one:
                inner.append(one[step])
        found = inner
    yield from found


def _as_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
