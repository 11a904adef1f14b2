"""The topology of a plan: what receives from which bus, topic, queue or stream, through which filter."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from orderflow_cli.routes.engine import Kind
from orderflow_cli.routes.plan import ARN_PARTS, Arn, Plan, Resource, get_value

UNKNOWN: Final = "unknown until apply"
_NODE_KINDS: Final = {
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
_SERVICE_KINDS: Final = {
    service: kind for key, kind in _NODE_KINDS.items() if (service := ARN_PARTS.get(key, ("events",))[0]) != "events"
}
_DEAD_LETTER_ARN_PATHS: Final[dict[str, list[tuple[str | int, ...]]]] = {
    "aws_cloudwatch_event_target": [("dead_letter_config", 0, "arn")],
    "aws_lambda_event_source_mapping": [("destination_config", 0, "on_failure", 0, "destination_arn")],
    "aws_pipes_pipe": [
        ("source_parameters", 0, f"{kind}_stream_parameters", 0, "dead_letter_config", 0, "arn")
        for kind in ("dynamodb", "kinesis")
    ],
}


@dataclass(frozen=True)
class Node:
    """A resource in a route, or its KMS key; `id` is the address in the plan, else an ARN, name or endpoint."""

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
    source: Node
    target: Node
    filters: tuple[tuple[Kind, str | None], ...] = ()
    """Pairs of kind and pattern (None if unknown), one of which must match; an empty tuple matches every message."""
    rule: Resource | None = None
    is_disabled: bool = False

    @property
    def label(self) -> str:
        return self.resource.label

    @property
    def filter_resource(self) -> Resource:
        """The resource that has the pattern or filter."""
        return self.rule or self.resource


class Topology:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan

    @cached_property
    def receivers(self) -> list[Receiver]:
        return [*self._rule_targets(), *self._subscriptions(), *self._mappings(), *self._pipes()]

    def rules(self) -> list[tuple[Resource, Node]]:
        """Return every rule with an event pattern, and its bus."""
        return [(one, self.bus(one)) for one in self.plan.find_all("aws_cloudwatch_event_rule") if _has_pattern(one)]

    def find_receivers(self, node: Node) -> list[Receiver]:
        return [one for one in self.receivers if one.source == node]

    def node(self, resource: Resource | None, arn: str | None = None) -> Node:
        if resource is None:
            parsed = Arn.parse(arn or "")
            if parsed is None:
                return Node("endpoint" if arn else "unknown", arn or UNKNOWN, arn or "", arn or UNKNOWN)
            kind = _SERVICE_KINDS.get(parsed.service, parsed.service)
            name = re.split("[:/]", parsed.resource)[1 if parsed.service in ("dynamodb", "lambda", "events") else -1]
            if parsed.service == "events" and parsed.resource.startswith("event-bus/"):
                kind = "bus"
            is_local = parsed.account in ("", self.plan.account) and parsed.region in ("", self.plan.region)
            return Node(kind, "default" if (kind, name, is_local) == ("bus", "default", True) else str(arn), name, name)
        if resource.type == "aws_lambda_alias":
            return self.function(resource)
        name_attributes = ("name", "function_name", "bucket", "cluster_name")
        name = next((str(resource.value(key)) for key in name_attributes if resource.value(key)), resource.label)
        return Node(_NODE_KINDS.get(resource.type, resource.type), resource.address, name, resource.label, resource)

    def attribute_node(self, resource: Resource, *path: str | int) -> Node:
        """Return the node that an attribute names, by value or by reference."""
        value = get_value(resource.values, *path)
        if isinstance(value, str):
            return self.node(self.plan.find_by_arn(value), value)
        return self.node(self.plan.origin(resource, tuple(_NODE_KINDS), *path))

    def function(self, resource: Resource) -> Node:
        """Return the function that the attribute `function_name` names, directly or by an alias."""
        name = resource.value("function_name")
        kinds = ("aws_lambda_function",) if name else ("aws_lambda_function", "aws_lambda_alias")
        resolved_function = self.plan.resolve(resource, kinds, "function_name")
        if resolved_function is None and isinstance(name, str) and not name.startswith("arn:"):
            return Node("function", name, name, name)
        return self.node(resolved_function, name)

    def dead_letter_queue(self, receiver: Receiver) -> Node | None:
        """Return the dead-letter queue or failure destination of a receiver, if any."""
        resource = receiver.resource
        for path in _DEAD_LETTER_ARN_PATHS.get(resource.type, ()):
            unknown = any(get_value(resource.unknown, *path[:length]) is True for length in range(1, len(path) + 1))
            if unknown or get_value(resource.values, *path) is not None:
                return self.attribute_node(resource, *path)
        return self._dead_letter_target(resource)

    def _dead_letter_target(self, resource: Resource) -> Node | None:
        policy = resource.value("redrive_policy")
        if policy:
            arn = json.loads(policy).get("deadLetterTargetArn")
            return self.node(self.plan.find_by_arn(arn), arn) if arn else None
        if not resource.is_unknown("redrive_policy"):
            return None
        return self.node(self.plan.origin(resource, ("aws_sqs_queue",), "redrive_policy"))

    def needs_redrive_policy(self, queue: Resource | None) -> bool:
        """Return whether a queue has no redrive policy and is not a dead-letter queue itself."""
        if queue is None or queue.value("redrive_policy"):
            return False
        if queue.is_unknown("redrive_policy") and self.plan.is_set(queue, "redrive_policy"):
            return False  # an unset policy is also unknown, because the provider computes it
        policies = self.plan.find_all("aws_sqs_queue_redrive_policy")
        if any(self.plan.resolve(one, ("aws_sqs_queue",), "queue_url") is queue for one in policies):
            return False
        dead_letter_nodes = [*map(self.dead_letter_queue, self.receivers)]
        dead_letter_nodes += map(self._dead_letter_target, (*self.plan.find_all("aws_sqs_queue"), *policies))
        return all(one is None or one.resource is not queue for one in dead_letter_nodes)

    def _rule_targets(self) -> Iterator[Receiver]:
        rules = [(one, self.bus(one)) for one in self.plan.find_all("aws_cloudwatch_event_rule")]
        for target in self.plan.find_all("aws_cloudwatch_event_target"):
            rule, bus = self._rule_and_bus(target, rules)
            if rule is not None and not _has_pattern(rule):
                continue  # a schedule
            is_disabled = rule is not None and (rule.value("state") == "DISABLED" or rule.value("is_enabled") is False)
            pattern = rule.value("event_pattern") if rule else None
            node = self.attribute_node(target, "arn")
            yield Receiver("rule target", target, bus, node, (("event", pattern),), rule or target, is_disabled)

    def _rule_and_bus(self, target: Resource, rules: list[tuple[Resource, Node]]) -> tuple[Resource | None, Node]:
        bus = self.bus(target)
        name = target.value("rule")
        for rule, rule_bus in rules:
            if isinstance(name, str) and rule.value("name") == name and bus in (rule_bus, self.node(None)):
                return rule, rule_bus
        same_name_rules = [rule for rule, _ in rules if isinstance(name, str) and rule.value("name") == name]
        origin = self.plan.origin(target, ("aws_cloudwatch_event_rule",), "rule") or next(iter(same_name_rules), None)
        return origin, self.bus(origin) if origin else bus

    def bus(self, resource: Resource) -> Node:
        resolved_bus = self.plan.resolve(resource, ("aws_cloudwatch_event_bus",), "event_bus_name")
        name = resource.value("event_bus_name") or "default"
        if resolved_bus is None and not resource.is_unknown("event_bus_name") and not name.startswith("arn:"):
            return Node("bus", name, name, name)
        return self.node(resolved_bus, resource.value("event_bus_name"))

    def _subscriptions(self) -> Iterator[Receiver]:
        for subscription in self.plan.find_all("aws_sns_topic_subscription"):
            kind: Kind = "body" if subscription.value("filter_policy_scope") == "MessageBody" else "attributes"
            filters: tuple[tuple[Kind, str | None], ...] = ()
            if subscription.is_unknown("filter_policy"):
                filters = ((kind, None),)
            elif (policy := subscription.value("filter_policy")) and "".join(policy.split()) != "{}":
                filters = ((kind, policy),)
            source, target = (self.attribute_node(subscription, name) for name in ("topic_arn", "endpoint"))
            yield Receiver("subscription", subscription, source, target, filters)

    def _mappings(self) -> Iterator[Receiver]:
        for mapping in self.plan.find_all("aws_lambda_event_source_mapping"):
            patterns = [each.get("pattern") for each in _nested_blocks(mapping.value("filter_criteria"), "filter")]
            if mapping.is_unknown("filter_criteria"):
                patterns = [None]
            filters: tuple[tuple[Kind, str | None], ...] = tuple(("record", pattern) for pattern in patterns)
            source, target = self.attribute_node(mapping, "event_source_arn"), self.function(mapping)
            yield Receiver("mapping", mapping, source, target, filters, is_disabled=mapping.value("enabled") is False)

    def _pipes(self) -> Iterator[Receiver]:
        """Yield the pipes as mappings, because a pipe filters its source as an event source mapping does."""
        for pipe in self.plan.find_all("aws_pipes_pipe"):
            blocks = _nested_blocks(pipe.value("source_parameters"), "filter_criteria", "filter")
            filters: tuple[tuple[Kind, str | None], ...] = tuple(("record", each.get("pattern")) for each in blocks)
            source, target = self.attribute_node(pipe, "source"), self.attribute_node(pipe, "target")
            is_disabled = pipe.value("desired_state") == "STOPPED"
            yield Receiver("mapping", pipe, source, target, filters, is_disabled=is_disabled)


def _nested_blocks(parents: Any, *names: str) -> list[Mapping[str, Any]]:
    """Return the innermost blocks on a path of nested block names."""
    blocks = list(parents or [])
    for name in names:
        blocks = [inner for one in blocks for inner in one.get(name) or []]
    return blocks


def _has_pattern(rule: Resource) -> bool:
    return rule.value("event_pattern") is not None or rule.is_unknown("event_pattern")
