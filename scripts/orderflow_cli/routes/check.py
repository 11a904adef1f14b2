"""`orderflow routes check`: checks the routes of a plan before anything is deployed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from orderflow_cli.routes import check_targets, patterns
from orderflow_cli.routes.check_filters import Filters
from orderflow_cli.routes.deliveries import Delivery, Routes
from orderflow_cli.routes.messages import Contract, Message, event
from orderflow_cli.routes.permissions import Permissions
from orderflow_cli.routes.plan import Resource, at
from orderflow_cli.routes.possible import SingleEvent, Subject, matching_example
from orderflow_cli.routes.settings import Finding
from orderflow_cli.routes.topology import Receiver
from orderflow_cli.routes.verdicts import Answer


class Check:
    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.filters = Filters(routes)
        self.permissions = Permissions(routes.topology)

    def findings(self) -> list[Finding]:
        found = [*self._receivers(), *self._events()]
        for resource, kind, text in check_targets.counts(self.routes.topology):
            found.append(self._finding(kind, resource, text))
        return _judged(list(dict.fromkeys(found)), self.routes)

    def _receivers(self) -> Iterator[Finding]:
        asked: set[Resource] = set()
        for one in self.routes.topology.receivers:
            if one.kind != "mapping" and "unknown" in (one.source.kind, one.target.kind):
                which = "source" if one.source.kind == "unknown" else "target"
                yield self._finding("cannot-be-told", one.resource, f"its {which} is unknown until apply")
            if one.filtering not in asked:
                asked.add(one.filtering)
                for kind, text in self.filters.check(one):
                    yield self._finding(kind, one.filtering, text)
                for kind, text in check_targets.limits(one):
                    yield self._finding(kind, one.filtering, text)
            for kind, text in (
                *check_targets.place(self.routes.topology, one),
                *check_targets.delivery(self.permissions, one),
                *check_targets.transformer(self.filters, one),
            ):
                yield self._finding(kind, one.resource, text)

        yield from self._without_target(asked)

    def _without_target(self, asked: set[Resource]) -> Iterator[Finding]:
        """Yield the rules without a target, as far as the rules of all targets are known."""
        for rule, bus in self.routes.topology.rules():
            if rule in asked or rule.known("state") == "DISABLED" or rule.known("is_enabled") is False:
                continue
            alone = Receiver("rule target", rule, bus, bus, (("event", rule.known("event_pattern")),), rule)
            yield self._finding("no-target", rule, "it has no target: matching events are not delivered")
            for kind, text in (*self.filters.check(alone), *check_targets.limits(alone)):
                yield self._finding(kind, rule, text)

    def _events(self) -> Iterator[Finding]:
        """Check the deliveries of each event: of the examples, and of events generated to pass the filters."""
        contracts = self.routes.settings.contracts
        made = list(self._witnesses())
        delivered: dict[str, list[Delivery]] = {}
        for one in [*self.routes.messages, *made]:
            deliveries = self.routes.deliveries(one)
            delivered.setdefault(one.contract or one.name, []).extend(deliveries)
            yield from self._duplicates(deliveries)
            yield from self._loops(deliveries)
        for contract in contracts:
            yield from self._received(contract, delivered.get(contract.name, []))

    def _received(self, contract: Contract, deliveries: list[Delivery]) -> Iterator[Finding]:
        if not self._is_routed(contract):
            return
        taken = [one for one in deliveries if one.verdict.answer is Answer.YES]
        maybe = [one for one in deliveries if one.verdict.answer is Answer.UNKNOWN]
        if not taken and contract.consumers != ():
            if maybe:
                text = f"whether anybody receives it: {maybe[0].receiver.label}, {maybe[0].verdict.reason}"
                yield self._about(contract, "cannot-be-told", text)
            else:
                yield self._about(contract, "nobody-receives", f"no rule or subscription matches {contract.name}")
        for consumer in contract.consumers or ():
            if taken and not any(_names(self.routes, one, consumer) for one in taken):
                named = [one for one in self.routes.topology.receivers if _names_receiver(self.routes, one, consumer)]
                if any(_names(self.routes, one, consumer) for one in maybe):
                    yield self._about(contract, "cannot-be-told", f"whether {consumer} receives it")
                elif named and not any(self._may_take(one, contract) for one in named):
                    text = f"it names {consumer} as a consumer, but {consumer} receives no such event"
                    yield self._about(contract, "consumer-misses", text)

    def _may_take(self, receiver: Receiver, contract: Contract) -> bool:
        kind = receiver.filters[0][0] if receiver.filters else "event"
        own = [one for one in self.filters.subjects(receiver, kind) if getattr(one, "contract", None) is contract]
        return any(self.filters.takes(receiver, one) for one in own)

    def _is_routed(self, contract: Contract) -> bool:
        """Return whether this plan has a bus or topic for it at all."""
        return any(
            one.source.kind == contract.carrier and self.routes.settings.carries(contract.carrier, one.source.name)
            for one in self.routes.topology.receivers
        )

    def _duplicates(self, deliveries: list[Delivery]) -> Iterator[Finding]:
        taken = [one for one in deliveries if one.verdict.answer is Answer.YES]
        for first, second in combinations(taken, 2):
            a, b = first.receiver, second.receiver
            if a is not b and a.target == b.target and a.target.kind != "unknown":
                text = f"{a.target.label} gets {_type(first)} twice: by {_way(first)} and by {_way(second)}"
                yield self._finding("received-twice", b.resource, text)

    def _loops(self, deliveries: list[Delivery]) -> Iterator[Finding]:
        for one in deliveries:
            if one.verdict.answer is not Answer.YES:
                continue
            sources = [each.source for each in one.path]
            if one.receiver.target in sources and self._returns(one, one.path[sources.index(one.receiver.target)]):
                way = " -> ".join(each.label for each in one.path)
                text = f"{_type(one)} comes back to {one.receiver.target.label}: {way}; its pattern does not exclude it"
                yield self._finding("loop", one.receiver.resource, text)
            source = one.message.body.get("source", "") if isinstance(one.message.body, dict) else ""
            producer = source.removeprefix(self.routes.settings.source_prefix) if one.message.contract else ""
            if producer and one.receiver.target.kind == "function" and _is_called(one.receiver.target.label, producer):
                text = f"{producer} receives {_type(one)}, which it publishes itself: exclude its own source"
                yield self._finding("loop", one.path[0].resource, text)

    def _returns(self, delivery: Delivery, first: Receiver) -> bool:
        """Return whether an event's first receiver also matches its forwarded form: a pipe changes source and type.
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html"""
        pipe = delivery.receiver.resource
        if pipe.type != "aws_pipes_pipe" or delivery.receiver.target.kind != "bus":
            return True
        given = at(pipe.values, "target_parameters", 0, "eventbridge_event_bus_parameters", 0) or {}
        source = given.get("source") or f"Pipe {pipe.known('name')}"
        detail_type = given.get("detail_type") or "Event from aws:sqs"
        sent = event(source, detail_type, {"body": delivery.message.body}).body
        return self.routes.verdict(first, sent).answer is not Answer.NO

    def _witnesses(self) -> Iterator[Message]:
        """Yield an event that passes each receiver, per event type; for two routes to one target, one passing both."""
        receivers = [one for one in self.routes.topology.receivers if one.kind != "mapping"]
        pairs = [(one,) for one in receivers] + [
            (a, b) for a, b in combinations(receivers, 2) if a.target == b.target and a.source == b.source
        ]
        for group in pairs:
            kinds = {kind for one in group for kind, _ in one.filters} - {"attributes"}
            for subject in self._subjects(group[0]):
                leaves = self._common_leaves(group, subject)
                if leaves is None or not kinds <= {subject.kind}:
                    continue
                body = matching_example(self.filters.engine, subject, leaves)
                if body is not None:
                    name = f"{subject.name} as {' and '.join(one.label for one in group)} take it"
                    yield replace(_as_message(subject, body), name=name)

    def _subjects(self, receiver: Receiver) -> list[Subject]:
        return [one for one in self.filters.arriving(receiver.source) if not isinstance(one, SingleEvent)]

    def _common_leaves(self, group: tuple[Receiver, ...], subject: Subject) -> list[patterns.Leaf] | None:
        leaves: list[patterns.Leaf] = []
        for one in group:
            for _, text in one.filters[:1]:
                pattern = patterns.parse(text or "")
                if pattern is None:
                    return None
                ways = [way for way in patterns.alternatives(pattern) if not self.filters.reasons(subject, way)]
                if not ways:
                    return None
                leaves += ways[0].leaves
        return leaves

    def _finding(self, kind: str, resource: Resource, text: str) -> Finding:
        block = self.routes.plan.block(resource.address)
        return Finding(kind, resource.address, text, block.file if block else None, block.line if block else 0)

    def _about(self, contract: Contract, kind: str, text: str) -> Finding:
        return Finding(kind, contract.name, text, contract.file, 1)


def _as_message(subject: Subject, body: object) -> Message:
    if subject.contract.carrier == "topic":
        return subject.contract.message(body, subject.name)
    return Message(subject.name, "bus", body, {}, subject.contract.name)


def _judged(found: list[Finding], routes: Routes) -> list[Finding]:
    """Mark the accepted findings, and report acceptances that match no finding."""
    judged, used = [], set()
    for one in found:
        covering = [each for each in routes.settings.accepted if each.covers(one.kind, one.address)]
        used.update(covering)
        judged.append(replace(one, accepted=covering[0].reason) if covering else one)
    for each in routes.settings.accepted:
        if each not in used and each.is_about(routes.plan.resources):
            judged.append(Finding("idle-acceptance", each.address, f"{each.finding} does not occur: remove it"))
    return sorted(judged, key=lambda one: (bool(one.accepted), one.kind, one.address))


def _type(delivery: Delivery) -> str:
    return delivery.message.contract or delivery.message.name


def _way(delivery: Delivery) -> str:
    return " -> ".join(one.label for one in delivery.path)


def _names(routes: Routes, delivery: Delivery, consumer: str) -> bool:
    return any(_names_receiver(routes, one, consumer) for one in delivery.path)


def _names_receiver(routes: Routes, receiver: Receiver, consumer: str) -> bool:
    """Return whether the receiver, its target or the source of its endpoint has a consumer's name."""
    target = receiver.target
    if any(_is_called(text, consumer) for text in (target.label, target.name, receiver.label)):
        return True
    end = target.resource
    inputs = routes.plan.inputs(end, "invocation_endpoint") if end and target.kind == "API destination" else ()
    return any(f"_{_plain(consumer)}_" in f"_{_plain(text)}_" for text in inputs)


def _is_called(text: str, name: str) -> bool:
    """Return whether a label or name is, or ends with, a name: functions["finance"], orderflow-dev-finance."""
    return f"_{_plain(text)}".endswith(f"_{_plain(name)}")


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
