"""The routes of a plan: who receives from which bus, topic, queue or stream, through which filter."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from orderflow_cli.routes.engine import Kind
from orderflow_cli.routes.plan import ARNS, Arn, Plan, Resource

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
# Of the services whose ARNs name one kind of place only.
_SERVICES: Final = {ARNS[one][0]: kind for one, kind in _KINDS.items() if one in ARNS and ARNS[one][0] != "events"}


@dataclass(frozen=True)
class Place:
    """What messages come to. `id` is its address in the plan, or an ARN, name or endpoint outside of it."""

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
    """Patterns of which one has to match, None for one that is unknown until apply; without any, everything matches."""
    rule: Resource | None = None
    disabled: bool = False

    @property
    def label(self) -> str:
        return self.resource.label

    @property
    def filtering(self) -> Resource:
        """What holds the pattern or filter."""
        return self.rule or self.resource


class Topology:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def receivers(self) -> list[Receiver]:
        return [*self._targets(), *self._subscriptions(), *self._mappings(), *self._pipes()]

    def rules(self) -> list[tuple[Resource, Place]]:
        """Every rule with an event pattern, and its bus."""
        return [(one, self._bus(one)) for one in self.plan.of_type("aws_cloudwatch_event_rule") if _has_pattern(one)]

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
            return Place(kind, "default" if (kind, name) == ("bus", "default") else str(arn), name, name)
        if resource.type == "aws_lambda_alias":
            return self.place(self._function_of_alias(resource))
        named = ("name", "function_name", "bucket", "cluster_name")
        name = next((str(resource.known(key)) for key in named if resource.known(key)), resource.label)
        return Place(_KINDS.get(resource.type, resource.type), resource.address, name, resource.label, resource)

    def end(self, resource: Resource, *path: str | int) -> Place:
        """What an attribute names, known or by reference."""
        value: Any = resource.values
        for part in path:
            try:
                value = value[part]
            except (KeyError, IndexError, TypeError):
                value = None
        if isinstance(value, str):
            return self.place(self.plan.by_arn(value), value)
        origin = self.plan.origin(resource, tuple(_KINDS), *path)
        return self.place(origin)

    def dead_letter_queue(self, receiver: Receiver) -> Place | None:
        """Where undelivered messages go; None where there is no such place."""
        resource = receiver.resource
        if receiver.kind == "rule target":
            given = resource.known("dead_letter_config")
            return self.end(resource, "dead_letter_config", 0, "arn") if given else None
        if resource.type == "aws_pipes_pipe":
            parameters = ("dynamodb_stream_parameters", "kinesis_stream_parameters")
            named = [
                kind for kind in parameters if _blocks(resource.known("source_parameters"), kind, "dead_letter_config")
            ]
            return (
                self.end(resource, "source_parameters", 0, named[0], 0, "dead_letter_config", 0, "arn")
                if named
                else None
            )
        if receiver.kind == "mapping":
            given = resource.known("destination_config")
            return self.end(resource, "destination_config", 0, "on_failure", 0, "destination_arn") if given else None
        policy = resource.known("redrive_policy")
        if isinstance(policy, str):
            arn = json.loads(policy).get("deadLetterTargetArn")
            return self.place(self.plan.by_arn(arn), arn) if arn else None
        if not resource.is_unknown("redrive_policy"):
            return None
        return self.place(self.plan.origin(resource, ("aws_sqs_queue",), "redrive_policy"))

    def _targets(self) -> Iterator[Receiver]:
        rules = [(one, self._bus(one)) for one in self.plan.of_type("aws_cloudwatch_event_rule")]
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
        bus = self._bus(target)
        name = target.known("rule")
        for rule, rule_bus in rules:
            if isinstance(name, str) and rule.known("name") == name and bus in (rule_bus, self.place(None)):
                return rule, rule_bus
        found = self.plan.origin(target, ("aws_cloudwatch_event_rule",), "rule")
        return found, self._bus(found) if found else bus

    def _bus(self, resource: Resource) -> Place:
        name = resource.known("event_bus_name")
        if isinstance(name, str):
            short = name.rpartition("/")[2]
            planned = self.plan.by_arn(name) if name.startswith("arn:") else None
            planned = planned or self.plan.by_name("aws_cloudwatch_event_bus", short)
            if planned is None and not name.startswith("arn:"):
                return Place("bus", name, name, name)
            return self.place(planned, name)
        if not resource.is_unknown("event_bus_name"):
            return Place("bus", "default", "default", "default")
        return self.place(self.plan.origin(resource, ("aws_cloudwatch_event_bus",), "event_bus_name"))

    def _subscriptions(self) -> Iterator[Receiver]:
        for one in self.plan.of_type("aws_sns_topic_subscription"):
            kind: Kind = "body" if one.known("filter_policy_scope") == "MessageBody" else "attributes"
            filters: tuple[tuple[Kind, str | None], ...] = ()
            if one.is_unknown("filter_policy"):
                filters = ((kind, None),)
            elif policy := one.known("filter_policy"):
                filters = ((kind, policy),)
            yield Receiver("subscription", one, self.end(one, "topic_arn"), self.end(one, "endpoint"), filters)

    def _mappings(self) -> Iterator[Receiver]:
        for one in self.plan.of_type("aws_lambda_event_source_mapping"):
            patterns = [each.get("pattern") for each in _blocks(one.known("filter_criteria"), "filter")]
            if one.is_unknown("filter_criteria"):
                patterns = [None]
            function = one.known("function_name")
            target = self.end(one, "function_name")
            if isinstance(function, str) and not function.startswith("arn:"):
                planned = self.plan.by_name("aws_lambda_function", function)
                target = self.place(planned) if planned else Place("function", function, function, function)
            yield Receiver(
                "mapping",
                one,
                self.end(one, "event_source_arn"),
                target,
                tuple(("record", pattern) for pattern in patterns),
                disabled=one.known("enabled") is False,
            )

    def _pipes(self) -> Iterator[Receiver]:
        """A pipe reads its source by the filters of a mapping, whatever it writes to."""
        for one in self.plan.of_type("aws_pipes_pipe"):
            criteria = _blocks(one.known("source_parameters"), "filter_criteria", "filter")
            patterns: tuple[tuple[Kind, str | None], ...] = tuple(("record", each.get("pattern")) for each in criteria)
            source, target = self.end(one, "source"), self.end(one, "target")
            off = one.known("desired_state") == "STOPPED"
            yield Receiver("mapping", one, source, target, patterns, disabled=off)

    def _function_of_alias(self, alias: Resource) -> Resource | None:
        name = alias.known("function_name")
        if isinstance(name, str):
            found = self.plan.by_arn(name) if name.startswith("arn:") else None
            return found or self.plan.by_name("aws_lambda_function", name)
        return self.plan.origin(alias, ("aws_lambda_function",), "function_name")


def _blocks(parents: Any, *names: str) -> list[Mapping[str, Any]]:
    """The blocks at the end of nested blocks."""
    found = list(parents or [])
    for name in names:
        found = [inner for one in found for inner in one.get(name) or []]
    return found


def _has_pattern(rule: Resource) -> bool:
    return rule.known("event_pattern") is not None or rule.is_unknown("event_pattern")
