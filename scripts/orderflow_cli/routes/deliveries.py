"""Computes the deliveries of each message: to every receiver of a plan, and onward through topics, queues and
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
from orderflow_cli.routes.topology import Place, Receiver, Topology
from orderflow_cli.routes.verdicts import Answer, Verdict, judge, leaves_of, lies_in_objects, values_at

_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[['\"]([^'\"]+)['\"]\]|\[(\d+|\*)\]")

_STARTS: Final = {"bus": ("bus",), "topic": ("topic",), "stream": ("table", "stream")}


@dataclass(frozen=True)
class Delivery:
    """The result of one receiver for one message that reached its source."""

    message: Message
    receiver: Receiver
    verdict: Verdict
    via: tuple[Receiver, ...] = ()
    """The receivers that forwarded the message before."""

    @property
    def path(self) -> tuple[Receiver, ...]:
        return (*self.via, self.receiver)


@dataclass(frozen=True)
class _Arrived:
    """A message as it arrives at a target; `body` is None if unknown."""

    body: Any
    attributes: Mapping[str, Any]


class Routes:
    """The routes of a plan. `settings` define the messages on them."""

    def __init__(self, plan: Plan, settings: Settings | None = None, asked: Engine | None = None) -> None:
        self.plan = plan
        self.settings = settings or Settings()
        self.topology = Topology(plan)
        self._asked = asked
        self._answers: dict[tuple[Receiver, tuple[str, ...]], Answer] = {}

    @classmethod
    def read(cls, plan: Path, settings: Settings | None = None, source: Path | None = None) -> "Routes":
        """`plan` is the output of `terraform show -json`, `source` the folder of its configuration if on disk."""
        return cls(Plan.load(plan, source), settings)

    @cached_property
    def engine(self) -> Engine:
        return self._asked or engine.shared()

    @cached_property
    def messages(self) -> list[Message]:
        """Return every example of every contract, and the events of the settings."""
        account, region = self.plan.account, self.plan.region
        examples = [one for contract in self.settings.contracts for one in contract.messages(account, region)]
        return [*examples, *self.settings.single_events(account, region)]

    def starts(self, message: Message) -> list[Place]:
        """Return the buses or topics on which a message is published."""
        kinds = (*_STARTS[message.carrier], "unknown")
        sources = dict.fromkeys(one.source for one in self.topology.receivers if one.source.kind in kinds)
        return [one for one in sources if self.settings.carries(message.carrier, one.name)]

    def deliveries(self, message: Message) -> list[Delivery]:
        """Return every receiver's delivery of a message, in the order of the plan; those after a queue or topic if it
        gets that far."""
        found: list[Delivery] = []
        for start in self.starts(message):
            found += self._from(message, start, _Arrived(message.body, message.attributes), ())
        return found

    def takes(self, receiver: Receiver, body: Any, attributes: Mapping[str, Any] | None = None) -> Answer:
        """Return the answer of `verdict` without its reason, cached."""
        asked = [Question(kind, text, body, attributes or {}) for kind, text in receiver.filters if text]
        if receiver.disabled or len(asked) != len(receiver.filters) or any(lies_in_objects(one) for one in asked):
            return self.verdict(receiver, body, attributes).answer
        # A pattern only reads the values at its leaves.
        read = tuple(json.dumps([values_at(one, leaf.path) for leaf in leaves_of(one.pattern)]) for one in asked)
        if (receiver, read) not in self._answers:
            self._answers[receiver, read] = self.verdict(receiver, body, attributes).answer
        return self._answers[receiver, read]

    def verdict(self, receiver: Receiver, body: Any, attributes: Mapping[str, Any] | None = None) -> Verdict:
        """Return whether a receiver's filter matches a message in its source."""
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

    def _from(self, message: Message, place: Place, arrived: _Arrived, via: tuple[Receiver, ...]) -> Iterator[Delivery]:
        for receiver in self.topology.fed_by(place):
            if receiver in via:
                continue  # a loop, which the check reports
            queued = receiver.kind == "mapping" and place.kind not in _STARTS["stream"]
            body = arrived.body
            if queued and body is not None:
                # The record of a queue's mapping, as its filters see it.
                body = {"body": body, "attributes": {}, "messageAttributes": {}, "eventSource": "aws:sqs"}
            verdict = self.verdict(receiver, body, arrived.attributes)
            yield Delivery(message, receiver, verdict, via)
            if verdict.answer is not Answer.NO and receiver.kind != "mapping":
                onward = _sent(receiver, arrived)
                yield from self._from(message, receiver.target, onward, (*via, receiver))


def _sent(receiver: Receiver, arrived: _Arrived) -> _Arrived:
    """Return what a receiver sends to the next place."""
    values = receiver.resource.values
    if receiver.kind == "subscription":
        if values.get("raw_message_delivery"):
            return arrived
        envelope = {"Type": "Notification", "Message": json.dumps(arrived.body), "MessageAttributes": {}}
        return _Arrived(envelope, {})
    if values.get("input_transformer"):
        return _Arrived(None, {})
    if isinstance(values.get("input"), str):
        return _Arrived(_as_json(values["input"]), {})
    if isinstance(values.get("input_path"), str):
        found = list(at_json_path(arrived.body, values["input_path"]))
        return _Arrived(found[0] if found else None, {})
    return _Arrived(arrived.body, {})


def json_path(path: str) -> list[str]:
    """Return the steps of a JSON path: $.detail.lines[0].sku is ["detail", "lines", "0", "sku"]."""
    return ["".join(step) for step in _STEP.findall(path.removeprefix("$"))]


def at_json_path(node: Any, path: str) -> Iterator[Any]:
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
