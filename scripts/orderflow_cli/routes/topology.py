"""The topology of a plan: who receives from which bus, topic, queue or stream, through which filter."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from orderflow_cli.routes.engine import Kind
from orderflow_cli.routes.plan import ARNS, Arn, Plan, Resource, at

UNKNOWN: Final = "unknown until apply"
_KINDS: Final = {
    "aws_cloudwatch_event_bus": "bus",
    "aws_sns_topic": "topic",
    "aws_sqs_queue": "queue",
    "aws_kinesis_stream": "stream",
    "aws_dynamodb_table": "table",
    "aws_lambda_function": "function",
    "aws_lambda_alias": "function",
    "aws_cloudwatch_event_api_destination": "API destination",
    "aws_kinesis_firehose_delivery_stream": "delivery stream",
    "aws_sfn_state_machine": "state machine",
    "aws_cloudwatch_log_group": "log group",
    "aws_ecs_cluster": "cluster",
    "aws_batch_job_queue": "job queue",
}
# Services whose ARNs identify one kind of resource only.
_SERVICES: Final = {ARNS[one][0]: kind for one, kind in _KINDS.items() if one in ARNS and ARNS[one][0] != "events"}


_DEAD_LETTERS: Final[dict[str, list[tuple[str | int, ...]]]] = {
    "aws_cloudwatch_event_target": [("dead_letter_config", 0, "arn")],
    "aws_lambda_event_source_mapping": [("destination_config", 0, "on_failure", 0, "destination_arn")],
    "aws_pipes_pipe": [
        ("source_parameters", 0, f"{kind}_stream_parameters", 0, "dead_letter_config", 0, "arn")
        for kind in ("dynamodb", "kinesis")
    ],
}


@dataclass(frozen=True)
class Place:
    """A resource that messages are sent to. `id` is its address in the plan, else an ARN, name or endpoint."""

    kind: str
    id: str
    name: str = field(compare=False)
    label: str = field(compare=False)
    resource: Resource | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, eq=False)
class Receiver:
    """A rule's target, a topic's subscription, an event source mapping or a pipe."""

    kind: Literal["rule target", "subscription", "mapping"]
    resource: Resource
    source: Place
    target: Place
    filters: tuple[tuple[Kind, str | None], ...] = ()
    """Patterns, one of which has to match; None for one unknown until apply; without any, everything matches."""
    rule: Resource | None = None
    disabled: bool = False

    @property
    def label(self) -> str:
        return self.resource.label

    @property
    def filtering(self) -> Resource:
        """The resource that has the pattern or filter."""
        return self.rule or self.resource


class Topology:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def receivers(self) -> list[Receiver]:
        return [*self._targets(), *self._subscriptions(), *self._mappings(), *self._pipes()]

    def rules(self) -> list[tuple[Resource, Place]]:
        """Return every rule with an event pattern, and its bus."""
        return [(one, self.bus(one)) for one in self.plan.of_type("aws_cloudwatch_event_rule") if _has_pattern(one)]

    def fed_by(self, place: Place) -> list[Receiver]:
        return [one for one in self.receivers if one.source == place]

    def place(self, resource: Resource | None, arn: str | None = None) -> Place:
        if resource is None:
            parsed = Arn.parse(arn or "")
            if parsed is None:
                return Place("endpoint" if arn else "unknown", arn or UNKNOWN, arn or "", arn or UNKNOWN)
            kind = _SERVICES.get(parsed.service, parsed.service)
            name = re.split("[:/]", parsed.resource)[1 if parsed.service in ("dynamodb", "lambda", "events") else -1]
            if parsed.service == "events" and parsed.resource.startswith("event-bus/"):
                kind = "bus"
            here = parsed.account in ("", self.plan.account) and parsed.region in ("", self.plan.region)
            return Place(kind, "default" if (kind, name, here) == ("bus", "default", True) else str(arn), name, name)
        if resource.type == "aws_lambda_alias":
            return self.function(resource)
        named = ("name", "function_name", "bucket", "cluster_name")
        name = next((str(resource.known(key)) for key in named if resource.known(key)), resource.label)
        return Place(_KINDS.get(resource.type, resource.type), resource.address, name, resource.label, resource)

    def end(self, resource: Resource, *path: str | int) -> Place:
        """Return the place that an attribute names, by value or by reference."""
        value = at(resource.values, *path)
        if isinstance(value, str):
            return self.place(self.plan.by_arn(value), value)
        return self.place(self.plan.origin(resource, tuple(_KINDS), *path))

    def function(self, resource: Resource) -> Place:
        """Return the function that an attribute `function_name` names, directly or by an alias."""
        name = resource.known("function_name")
        kinds = ("aws_lambda_function",) if name else ("aws_lambda_function", "aws_lambda_alias")
        named = self.plan.named(resource, kinds, "function_name")
        if named is None and isinstance(name, str) and not name.startswith("arn:"):
            return Place("function", name, name, name)
        return self.place(named, name)

    def dead_letter_queue(self, receiver: Receiver) -> Place | None:
        """Return the dead-letter queue or failure destination of a receiver, if any."""
        resource = receiver.resource
        for path in _DEAD_LETTERS.get(resource.type, ()):
            unknown = any(at(resource.unknown, *path[:length]) is True for length in range(1, len(path) + 1))
            if unknown or at(resource.values, *path) is not None:
                return self.end(resource, *path)
        return self._redrive(resource)

    def _redrive(self, resource: Resource) -> Place | None:
        policy = resource.known("redrive_policy")
        if policy:
            arn = json.loads(policy).get("deadLetterTargetArn")
            return self.place(self.plan.by_arn(arn), arn) if arn else None
        if not resource.is_unknown("redrive_policy"):
            return None
        return self.place(self.plan.origin(resource, ("aws_sqs_queue",), "redrive_policy"))

    def keeps_failed_messages(self, queue: Resource | None) -> bool:
        """Return whether a queue has no redrive policy and is not a dead-letter queue itself."""
        if queue is None or queue.known("redrive_policy"):
            return False
        if queue.is_unknown("redrive_policy") and self.plan.is_given(queue, "redrive_policy"):
            return False  # also unknown if not set: the provider computes it
        policies = self.plan.of_type("aws_sqs_queue_redrive_policy")
        if any(self.plan.named(one, ("aws_sqs_queue",), "queue_url") is queue for one in policies):
            return False
        kept = [*map(self.dead_letter_queue, self.receivers)]
        kept += [self._redrive(one) for one in (*self.plan.of_type("aws_sqs_queue"), *policies)]
        return all(one is None or one.resource is not queue for one in kept)

    def _targets(self) -> Iterator[Receiver]:
        rules = [(one, self.bus(one)) for one in self.plan.of_type("aws_cloudwatch_event_rule")]
        for target in self.plan.of_type("aws_cloudwatch_event_target"):
            rule, bus = self._rule_of(target, rules)
            if rule is not None and not _has_pattern(rule):
                continue  # a schedule
            off = rule is not None and (rule.known("state") == "DISABLED" or rule.known("is_enabled") is False)
            pattern = rule.known("event_pattern") if rule else None
            yield Receiver(
                "rule target", target, bus, self.end(target, "arn"), (("event", pattern),), rule or target, disabled=off
            )

    def _rule_of(self, target: Resource, rules: list[tuple[Resource, Place]]) -> tuple[Resource | None, Place]:
        bus = self.bus(target)
        name = target.known("rule")
        for rule, rule_bus in rules:
            if isinstance(name, str) and rule.known("name") == name and bus in (rule_bus, self.place(None)):
                return rule, rule_bus
        named = [rule for rule, _ in rules if isinstance(name, str) and rule.known("name") == name]
        found = self.plan.origin(target, ("aws_cloudwatch_event_rule",), "rule") or (named[0] if named else None)
        return found, self.bus(found) if found else bus

    def bus(self, resource: Resource) -> Place:
        named = self.plan.named(resource, ("aws_cloudwatch_event_bus",), "event_bus_name")
        name = resource.known("event_bus_name") or "default"
        if named is None and not resource.is_unknown("event_bus_name") and not name.startswith("arn:"):
            return Place("bus", name, name, name)
        return self.place(named, resource.known("event_bus_name"))

    def _subscriptions(self) -> Iterator[Receiver]:
        for one in self.plan.of_type("aws_sns_topic_subscription"):
            kind: Kind = "body" if one.known("filter_policy_scope") == "MessageBody" else "attributes"
            filters: tuple[tuple[Kind, str | None], ...] = ()
            if one.is_unknown("filter_policy"):
                filters = ((kind, None),)
            elif (policy := one.known("filter_policy")) and "".join(policy.split()) != "{}":
                filters = ((kind, policy),)
            yield Receiver("subscription", one, self.end(one, "topic_arn"), self.end(one, "endpoint"), filters)

    def _mappings(self) -> Iterator[Receiver]:
        for one in self.plan.of_type("aws_lambda_event_source_mapping"):
            patterns = [each.get("pattern") for each in _blocks(one.known("filter_criteria"), "filter")]
            if one.is_unknown("filter_criteria"):
                patterns = [None]
            filters: tuple[tuple[Kind, str | None], ...] = tuple(("record", pattern) for pattern in patterns)
            source, target = self.end(one, "event_source_arn"), self.function(one)
            yield Receiver("mapping", one, source, target, filters, disabled=one.known("enabled") is False)

    def _pipes(self) -> Iterator[Receiver]:
        """Return the pipes: each filters its source like an event source mapping, whatever its target."""
        for one in self.plan.of_type("aws_pipes_pipe"):
            criteria = _blocks(one.known("source_parameters"), "filter_criteria", "filter")
            patterns: tuple[tuple[Kind, str | None], ...] = tuple(("record", each.get("pattern")) for each in criteria)
            source, target = self.end(one, "source"), self.end(one, "target")
            off = one.known("desired_state") == "STOPPED"
            yield Receiver("mapping", one, source, target, patterns, disabled=off)


def _blocks(parents: Any, *names: str) -> list[Mapping[str, Any]]:
    """Return the innermost of nested blocks."""
    found = list(parents or [])
    for name in names:
        found = [inner for one in found for inner in one.get(name) or []]
    return found


def _has_pattern(rule: Resource) -> bool:
    return rule.known("event_pattern") is not None or rule.is_unknown("event_pattern")
