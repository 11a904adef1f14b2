"""`orderflow routes check`: checks the routes of a plan before anything is deployed."""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from orderflow_cli.routes import check_targets, patterns
from orderflow_cli.routes.check_filters import FilterCheck
from orderflow_cli.routes.deliveries import Delivery, Routes
from orderflow_cli.routes.messages import Contract, Message, event
from orderflow_cli.routes.permissions import Permissions
from orderflow_cli.routes.plan import Resource, at
from orderflow_cli.routes.possible import SingleEvent, Subject, matching_example
from orderflow_cli.routes.settings import Finding
from orderflow_cli.routes.topology import Receiver
from orderflow_cli.routes.verdicts import Answer


class Checker:
    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.filters = FilterCheck(routes)
        self.permissions = Permissions(routes.topology)

    def findings(self) -> list[Finding]:
        found = [*self._receiver_findings(), *self._event_findings()]
        for resource, kind, text in check_targets.check_rule_quotas(self.routes.topology):
            found.append(self._finding(kind, resource, text))
        return _apply_acceptances(list(dict.fromkeys(found)), self.routes)

    def _receiver_findings(self) -> Iterator[Finding]:
        asked: set[Resource] = set()
        for one in self.routes.topology.receivers:
            if one.kind != "mapping" and "unknown" in (one.source.kind, one.target.kind):
                which = "source" if one.source.kind == "unknown" else "target"
                yield self._finding("cannot-be-told", one.resource, f"its {which} is unknown until apply")
            if one.filtering not in asked:
                asked.add(one.filtering)
                for kind, text in self.filters.check(one):
                    yield self._finding(kind, one.filtering, text)
                for kind, text in check_targets.check_quotas(one):
                    yield self._finding(kind, one.filtering, text)
            for kind, text in (
                *check_targets.check_bus(self.routes.topology, one),
                *check_targets.check_delivery(self.permissions, one),
                *check_targets.check_paths(self.filters, one),
            ):
                yield self._finding(kind, one.resource, text)

        yield from self._rules_without_target(asked)

    def _rules_without_target(self, checked: set[Resource]) -> Iterator[Finding]:
        """Yield findings for rules without a target; `checked` holds the rules that have one."""
        for rule, bus in self.routes.topology.rules():
            if rule in checked or rule.value("state") == "DISABLED" or rule.value("is_enabled") is False:
                continue
            alone = Receiver("rule target", rule, bus, bus, (("event", rule.value("event_pattern")),), rule)
            yield self._finding("no-target", rule, "it has no target, so matching events are not delivered")
            for kind, text in (*self.filters.check(alone), *check_targets.check_quotas(alone)):
                yield self._finding(kind, rule, text)

    def _event_findings(self) -> Iterator[Finding]:
        """Check the deliveries of the examples, and of messages generated to match the filters."""
        contracts = self.routes.settings.contracts
        made = list(self._generated_messages())
        delivered: dict[str, list[Delivery]] = {}
        for one in [*self.routes.messages, *made]:
            deliveries = self.routes.deliveries(one)
            delivered.setdefault(one.contract or one.name, []).extend(deliveries)
            yield from self._duplicate_findings(deliveries)
            yield from self._loop_findings(deliveries)
        for contract in contracts:
            yield from self._check_receivers(contract, delivered.get(contract.name, []))

    def _check_receivers(self, contract: Contract, deliveries: list[Delivery]) -> Iterator[Finding]:
        if not self._is_routed(contract):
            return
        taken = [one for one in deliveries if one.verdict.answer is Answer.YES]
        maybe = [one for one in deliveries if one.verdict.answer is Answer.UNKNOWN]
        if not taken and contract.consumers != ():
            if maybe:
                text = f"whether it has a receiver: {maybe[0].receiver.label}, {maybe[0].verdict.reason}"
                yield self._contract_finding(contract, "cannot-be-told", text)
            else:
                text = f"no rule or subscription matches {contract.name}"
                yield self._contract_finding(contract, "nobody-receives", text)
        for consumer in contract.consumers or ():
            if taken and not any(_reaches(self.routes, one, consumer) for one in taken):
                named = [one for one in self.routes.topology.receivers if _is_consumer(self.routes, one, consumer)]
                if any(_reaches(self.routes, one, consumer) for one in maybe):
                    yield self._contract_finding(contract, "cannot-be-told", f"whether {consumer} receives it")
                elif named and not any(self._can_match(one, contract) for one in named):
                    text = f"it names {consumer} as a consumer, but {consumer} does not receive this event"
                    yield self._contract_finding(contract, "consumer-misses", text)

    def _can_match(self, receiver: Receiver, contract: Contract) -> bool:
        kind = receiver.filters[0][0] if receiver.filters else "event"
        own = [one for one in self.filters.subjects(receiver, kind) if getattr(one, "contract", None) is contract]
        return any(self.filters.can_match(receiver, one) for one in own)

    def _is_routed(self, contract: Contract) -> bool:
        """Return whether this plan has a bus or topic for the contract."""
        return any(
            one.source.kind == contract.carrier and self.routes.settings.carries(contract.carrier, one.source.name)
            for one in self.routes.topology.receivers
        )

    def _duplicate_findings(self, deliveries: list[Delivery]) -> Iterator[Finding]:
        taken = [one for one in deliveries if one.verdict.answer is Answer.YES]
        for first, second in combinations(taken, 2):
            a, b = first.receiver, second.receiver
            if a is not b and a.target == b.target and a.target.kind != "unknown":
                text = f"{a.target.label} gets {_type_of(first)} twice: by {_path_text(first)} and {_path_text(second)}"
                yield self._finding("received-twice", b.resource, text)

    def _loop_findings(self, deliveries: list[Delivery]) -> Iterator[Finding]:
        for one in deliveries:
            if one.verdict.answer is not Answer.YES:
                continue
            sources = [each.source for each in one.path]
            if one.receiver.target in sources and self._can_return(one, one.path[sources.index(one.receiver.target)]):
                way = " -> ".join(each.label for each in one.path)
                text = f"{_type_of(one)} returns to {one.receiver.target.label}: {way}; the pattern must exclude it"
                yield self._finding("loop", one.receiver.resource, text)
            source = one.message.body.get("source", "") if isinstance(one.message.body, dict) else ""
            producer = source.removeprefix(self.routes.settings.source_prefix) if one.message.contract else ""
            if producer and one.receiver.target.kind == "function" and _has_name(one.receiver.target.label, producer):
                text = f"{producer} receives {_type_of(one)}, which it publishes: exclude this source in the pattern"
                yield self._finding("loop", one.path[0].resource, text)

    def _can_return(self, delivery: Delivery, first: Receiver) -> bool:
        """Return whether the first receiver also matches the forwarded event, whose source and type a pipe changes.
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html"""
        pipe = delivery.receiver.resource
        if pipe.type != "aws_pipes_pipe" or delivery.receiver.target.kind != "bus":
            return True
        given = at(pipe.values, "target_parameters", 0, "eventbridge_event_bus_parameters", 0) or {}
        source = given.get("source") or f"Pipe {pipe.value('name')}"
        detail_type = given.get("detail_type") or "Event from aws:sqs"
        sent = event(source, detail_type, {"body": delivery.message.body}).body
        return self.routes.verdict(first, sent).answer is not Answer.NO

    def _generated_messages(self) -> Iterator[Message]:
        """Yield, by event type, a message that matches each receiver, or both of two receivers with one target."""
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
                    name = f"{subject.name} that matches {' and '.join(one.label for one in group)}"
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

    def _contract_finding(self, contract: Contract, kind: str, text: str) -> Finding:
        return Finding(kind, contract.name, text, contract.file, 1)


def _as_message(subject: Subject, body: object) -> Message:
    if subject.contract.carrier == "topic":
        return subject.contract.message(body, subject.name)
    return Message(subject.name, "bus", body, {}, subject.contract.name)


def _apply_acceptances(findings: list[Finding], routes: Routes) -> list[Finding]:
    """Mark accepted findings, and add a finding for each acceptance that matches none."""
    judged, used = [], set()
    for one in findings:
        covering = [each for each in routes.settings.accepted if each.covers(one.kind, one.address)]
        used.update(covering)
        judged.append(replace(one, accepted=covering[0].reason) if covering else one)
    for each in routes.settings.accepted:
        if each not in used and each.is_about(routes.plan.resources):
            judged.append(Finding("idle-acceptance", each.address, f"{each.finding} does not occur; remove it"))
    return sorted(judged, key=lambda one: (bool(one.accepted), one.kind, one.address))


def _type_of(delivery: Delivery) -> str:
    return delivery.message.contract or delivery.message.name


def _path_text(delivery: Delivery) -> str:
    return " -> ".join(one.label for one in delivery.path)


def _reaches(routes: Routes, delivery: Delivery, consumer: str) -> bool:
    return any(_is_consumer(routes, one, consumer) for one in delivery.path)


def _is_consumer(routes: Routes, receiver: Receiver, consumer: str) -> bool:
    """Return whether the receiver, its target or a variable in its endpoint has the consumer's name."""
    target = receiver.target
    if any(_has_name(text, consumer) for text in (target.label, target.name, receiver.label)):
        return True
    end = target.resource
    inputs = routes.plan.input_variables(end, "invocation_endpoint") if end and target.kind == "API destination" else ()
    return any(f"_{_normalise(consumer)}_" in f"_{_normalise(text)}_" for text in inputs)


def _has_name(text: str, name: str) -> bool:
    """Return whether a label such as functions["finance"] or orderflow-dev-finance ends with a name."""
    return f"_{_normalise(text)}".endswith(f"_{_normalise(name)}")


def _normalise(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
