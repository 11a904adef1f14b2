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
from orderflow_cli.routes.plan import Resource, get_value
from orderflow_cli.routes.possible import MessageSet, SingleEvent, matching_example
from orderflow_cli.routes.settings import Finding
from orderflow_cli.routes.topology import Receiver
from orderflow_cli.routes.verdicts import Answer


class Checker:
    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.filters = FilterCheck(routes)
        self.permissions = Permissions(routes.topology)

    def findings(self) -> list[Finding]:
        findings = [*self._receiver_findings(), *self._event_findings()]
        for resource, kind, text in check_targets.check_rule_quotas(self.routes.topology):
            findings.append(self._finding(kind, resource, text))
        return _apply_acceptances(list(dict.fromkeys(findings)), self.routes)

    def _receiver_findings(self) -> Iterator[Finding]:
        checked_resources: set[Resource] = set()
        for receiver in self.routes.topology.receivers:
            if receiver.kind != "mapping" and "unknown" in (receiver.source.kind, receiver.target.kind):
                end = "source" if receiver.source.kind == "unknown" else "target"
                yield self._finding("cannot-be-told", receiver.resource, f"its {end} is unknown until apply")
            if receiver.filter_resource not in checked_resources:
                checked_resources.add(receiver.filter_resource)
                for kind, text in self.filters.check(receiver):
                    yield self._finding(kind, receiver.filter_resource, text)
                for kind, text in check_targets.check_quotas(receiver):
                    yield self._finding(kind, receiver.filter_resource, text)
            for kind, text in (
                *check_targets.check_bus(self.routes.topology, receiver),
                *check_targets.check_delivery(self.permissions, receiver),
                *check_targets.check_paths(self.filters, receiver),
            ):
                yield self._finding(kind, receiver.resource, text)

        yield from self._targetless_rule_findings(checked_resources)

    def _targetless_rule_findings(self, checked_resources: set[Resource]) -> Iterator[Finding]:
        """Yield findings for rules without a target; `checked_resources` includes the rules that have one."""
        for rule, bus in self.routes.topology.rules():
            if rule in checked_resources or rule.value("state") == "DISABLED" or rule.value("is_enabled") is False:
                continue
            placeholder = Receiver("rule target", rule, bus, bus, (("event", rule.value("event_pattern")),), rule)
            yield self._finding("no-target", rule, "it has no target, so matching events are not delivered")
            for kind, text in (*self.filters.check(placeholder), *check_targets.check_quotas(placeholder)):
                yield self._finding(kind, rule, text)

    def _event_findings(self) -> Iterator[Finding]:
        """Check the deliveries of examples, events without a contract, and messages generated to match filters."""
        contracts = self.routes.settings.contracts
        generated_messages = list(self._generated_messages())
        deliveries_by_contract: dict[str, list[Delivery]] = {}
        for message in [*self.routes.messages, *generated_messages]:
            deliveries = self.routes.deliveries(message)
            deliveries_by_contract.setdefault(message.contract or message.name, []).extend(deliveries)
            yield from self._duplicate_findings(deliveries)
            yield from self._loop_findings(deliveries)
        for contract in contracts:
            yield from self._check_receivers(contract, deliveries_by_contract.get(contract.name, []))

    def _check_receivers(self, contract: Contract, deliveries: list[Delivery]) -> Iterator[Finding]:
        if not self._has_receiver_on_bus_or_topic(contract):
            return
        matches = [one for one in deliveries if one.verdict.answer is Answer.YES]
        unknown_deliveries = [one for one in deliveries if one.verdict.answer is Answer.UNKNOWN]
        if not matches and contract.consumers != ():
            if unknown_deliveries:
                delivery = unknown_deliveries[0]
                text = f"{delivery.receiver.label} might not receive this event: {delivery.verdict.reason}"
            else:
                text = f"no rule or subscription matches {contract.name}"
            yield self._contract_finding(contract, "cannot-be-told" if unknown_deliveries else "nobody-receives", text)
        for consumer in contract.consumers or ():
            if matches and not any(_reaches(self.routes, one, consumer) for one in matches):
                candidates = [one for one in self.routes.topology.receivers if _is_consumer(self.routes, one, consumer)]
                if any(_reaches(self.routes, one, consumer) for one in unknown_deliveries):
                    yield self._contract_finding(contract, "cannot-be-told", f"{consumer} might not receive this event")
                elif candidates and not any(self._can_match(one, contract) for one in candidates):
                    text = f"it names {consumer} as a consumer, but {consumer} does not receive this event"
                    yield self._contract_finding(contract, "consumer-misses", text)

    def _can_match(self, receiver: Receiver, contract: Contract) -> bool:
        kind = receiver.filters[0][0] if receiver.filters else "event"
        subjects = [one for one in self.filters.subjects(receiver, kind) if getattr(one, "contract", None) is contract]
        return any(self.filters.can_match(receiver, one) for one in subjects)

    def _has_receiver_on_bus_or_topic(self, contract: Contract) -> bool:
        """Return whether this plan has a receiver on the contract's bus or topic."""
        carrier, settings = contract.carrier, self.routes.settings
        sources = {one.source for one in self.routes.topology.receivers}
        return any(one.kind == carrier and settings.selects_bus_or_topic(carrier, one.name) for one in sources)

    def _duplicate_findings(self, deliveries: list[Delivery]) -> Iterator[Finding]:
        matches = [one for one in deliveries if one.verdict.answer is Answer.YES]
        for first, second in combinations(matches, 2):
            receiver, target = second.receiver, second.receiver.target
            if first.receiver is not receiver and first.receiver.target == target and target.kind != "unknown":
                text = f"{target.label} receives {_message_label(first)} twice: via {_path(first)} and {_path(second)}"
                yield self._finding("received-twice", receiver.resource, text)

    def _loop_findings(self, deliveries: list[Delivery]) -> Iterator[Finding]:
        for delivery in deliveries:
            if delivery.verdict.answer is not Answer.YES:
                continue
            target, message_label = delivery.receiver.target, _message_label(delivery)
            sources = [one.source for one in delivery.path]
            if target in sources and self._can_return(delivery, delivery.path[sources.index(target)]):
                text = f"{message_label} returns to {target.label}: {_path(delivery)}; the pattern must exclude it"
                yield self._finding("loop", delivery.receiver.resource, text)
            source = delivery.message.body.get("source", "") if isinstance(delivery.message.body, dict) else ""
            producer = source.removeprefix(self.routes.settings.source_prefix) if delivery.message.contract else ""
            if producer and target.kind == "function" and _has_name(target.label, producer):
                text = f"{producer} receives {message_label}, which it publishes: exclude this source in the pattern"
                yield self._finding("loop", delivery.path[0].resource, text)

    def _can_return(self, delivery: Delivery, first_receiver: Receiver) -> bool:
        """Return whether the first receiver can also match the forwarded event. A pipe changes its source and type.
        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html"""
        pipe = delivery.receiver.resource
        if pipe.type != "aws_pipes_pipe" or delivery.receiver.target.kind != "bus":
            return True
        parameters = get_value(pipe.values, "target_parameters", 0, "eventbridge_event_bus_parameters", 0) or {}
        source = parameters.get("source") or f"Pipe {pipe.value('name')}"
        detail_type = parameters.get("detail_type") or "Event from aws:sqs"
        forwarded_body = event(source, detail_type, {"body": delivery.message.body}).body
        return self.routes.verdict(first_receiver, forwarded_body).answer is not Answer.NO

    def _generated_messages(self) -> Iterator[Message]:
        """Yield messages of each event type that match one receiver, or two with the same source and target."""
        receivers = [one for one in self.routes.topology.receivers if one.kind != "mapping"]
        groups = [(one,) for one in receivers] + [
            (a, b) for a, b in combinations(receivers, 2) if a.target == b.target and a.source == b.source
        ]
        for group in groups:
            kinds = {kind for one in group for kind, _ in one.filters} - {"attributes"}
            for subject in self._subjects(group[0]):
                leaves = self._combined_leaves(group, subject)
                if leaves is None or not kinds <= {subject.kind}:
                    continue
                body = matching_example(self.filters.engine, subject, leaves)
                if body is not None:
                    name = f"{subject.name} that matches {' and '.join(one.label for one in group)}"
                    yield replace(_as_message(subject, body), name=name)

    def _subjects(self, receiver: Receiver) -> list[MessageSet]:
        return [one for one in self.filters.arriving_subjects(receiver.source) if not isinstance(one, SingleEvent)]

    def _combined_leaves(self, group: tuple[Receiver, ...], subject: MessageSet) -> list[patterns.Leaf] | None:
        leaves: list[patterns.Leaf] = []
        for receiver in group:
            for _, text in receiver.filters[:1]:
                pattern = patterns.parse(text or "")
                if pattern is None:
                    return None
                alternatives = [one for one in patterns.alternatives(pattern) if not self.filters.clashes(subject, one)]
                if not alternatives:
                    return None
                leaves += alternatives[0].leaves
        return leaves

    def _finding(self, kind: str, resource: Resource, text: str) -> Finding:
        block = self.routes.plan.block(resource.address)
        return Finding(kind, resource.address, text, block.file if block else None, block.line if block else 0)

    def _contract_finding(self, contract: Contract, kind: str, text: str) -> Finding:
        return Finding(kind, contract.name, text, contract.file, 1)


def _as_message(subject: MessageSet, body: object) -> Message:
    if subject.contract.carrier == "topic":
        return subject.contract.message(body, subject.name)
    return Message(subject.name, "bus", body, {}, subject.contract.name)


def _apply_acceptances(findings: list[Finding], routes: Routes) -> list[Finding]:
    """Mark accepted findings, and add a finding for each `accept` entry of a planned resource that matches none."""
    results, used_entries = [], set()
    for finding in findings:
        matching_entries = [each for each in routes.settings.acceptances if each.covers(finding.kind, finding.address)]
        used_entries.update(matching_entries)
        results.append(replace(finding, acceptance_reason=matching_entries[0].reason) if matching_entries else finding)
    for entry in routes.settings.acceptances:
        if entry not in used_entries and entry.applies_to_any(routes.plan.resources):
            text = f"{entry.finding} does not occur; remove the entry"
            results.append(Finding("idle-acceptance", entry.address, text))
    return sorted(results, key=lambda one: (bool(one.acceptance_reason), one.kind, one.address))


def _message_label(delivery: Delivery) -> str:
    return delivery.message.contract or delivery.message.name


def _path(delivery: Delivery) -> str:
    return " -> ".join(one.label for one in delivery.path)


def _reaches(routes: Routes, delivery: Delivery, consumer: str) -> bool:
    return any(_is_consumer(routes, one, consumer) for one in delivery.path)


def _is_consumer(routes: Routes, receiver: Receiver, consumer: str) -> bool:
    """Return whether the receiver, its target or a variable in its endpoint has the consumer's name."""
    target = receiver.target
    if any(_has_name(text, consumer) for text in (target.label, target.name, receiver.label)):
        return True
    resource = target.resource if target.kind == "API destination" else None
    variables = routes.plan.input_variables(resource, "invocation_endpoint") if resource else ()
    return any(f"_{_normalize_name(consumer)}_" in f"_{_normalize_name(text)}_" for text in variables)


def _has_name(text: str, name: str) -> bool:
    """Return whether a label, such as functions["finance"], ends with the name, ignoring case and punctuation."""
    return f"_{_normalize_name(text)}".endswith(f"_{_normalize_name(name)}")


def _normalize_name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
