"""Checks whether matching events can be delivered: permissions, dead-letter queues, paths read by targets, quotas."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from orderflow_cli.routes import patterns
from orderflow_cli.routes.check_filters import FilterCheck, Findings
from orderflow_cli.routes.deliveries import json_path
from orderflow_cli.routes.permissions import Permissions
from orderflow_cli.routes.plan import Arn, Resource
from orderflow_cli.routes.possible import SingleEvent, locations
from orderflow_cli.routes.topology import UNKNOWN, Node, Receiver, Topology
from orderflow_cli.routes.verdicts import Answer

# Defaults of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
_PATTERN_CHARACTERS: Final = 2048
_TARGETS_OF_RULE: Final = 5
_RULES_OF_BUS: Final = 300
_WILDCARD_RULES_OF_BUS: Final = 30
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html
_TRANSFORMER_PATHS: Final = 100
_TEMPLATE_CHARACTERS: Final = 8192
# https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
_POLICY_KEYS: Final = 5
_POLICY_COMBINATIONS: Final = 150
_POLICY_BYTES: Final = 256 * 1024
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
_FILTERS_OF_MAPPING: Final = 5
_FILTER_CHARACTERS: Final = 4096

_PLACEHOLDER: Final = re.compile(r"<([^<>\s]+)>")
_KEEPS_FAILING: Final = "a message that always fails is retried until it expires, and is lost"
_WITHOUT_REDRIVE: Final = "messages that cannot be delivered are dropped after the last retry"


def check_bus(topology: Topology, receiver: Receiver) -> Findings:
    """Yield a finding if a target names a bus other than its rule's."""
    if receiver.kind == "rule target" and receiver.rule and receiver.rule.type == "aws_cloudwatch_event_rule":
        asked = topology.bus(receiver.resource)
        if UNKNOWN not in (asked.id, receiver.source.id) and asked.name != receiver.source.name:
            yield "no-target", f"it names the bus {asked.label}, but its rule is on {receiver.source.label}"


def check_delivery(permissions: Permissions, receiver: Receiver) -> Findings:
    """Check that the target and its dead-letter queue accept messages."""
    if receiver.kind == "mapping":
        yield from _check_access(permissions, receiver, receiver.target)
        if receiver.source.kind == "queue" and permissions.topology.keeps_failed_messages(receiver.source.resource):
            yield "no-dead-letter-queue", f"{receiver.source.label} has no redrive_policy: {_KEEPS_FAILING}"
        if receiver.source.kind in ("table", "stream") and permissions.topology.dead_letter_queue(receiver) is None:
            yield "no-dead-letter-queue", "it has no on_failure destination: records that keep failing are lost"
        return
    yield from _check_access(permissions, receiver, receiver.target)
    queue = permissions.topology.dead_letter_queue(receiver)
    if queue is None:
        yield "no-dead-letter-queue", f"it has no dead-letter queue: {_WITHOUT_REDRIVE}"
    else:
        if queue == receiver.target:
            yield "no-dead-letter-queue", "its dead-letter queue is the failing target itself"
        if (arn := Arn.parse(queue.id)) and permissions.plan.region not in ("", arn.region):
            yield "no-dead-letter-queue", f"its dead-letter queue must be in the same Region; it is in {arn.region}"
        yield from _check_access(permissions, receiver, queue, "its dead-letter queue ")


def _check_access(permissions: Permissions, receiver: Receiver, node: Node, which: str = "") -> Findings:
    if node.kind == "unknown":
        # The receiver's findings report an unknown target.
        yield from [("permission-unknown", f"whether {which}allows it: it is unknown until apply")] if which else []
        return
    answer, missing = permissions.allows(receiver, node)
    if answer is Answer.NO:
        yield "no-permission", f"{which}{node.label} does not allow it: {missing}"
    elif answer is Answer.UNKNOWN:
        yield "permission-unknown", f"whether {which}{node.label} allows it: {missing}"


def event_paths_read(target: Resource) -> Iterator[tuple[str, str]]:
    """Yield every JSON path that a rule's target reads from the event, as pairs of reader and path."""
    if path := target.value("input_path"):
        yield "input_path", path
    for one in target.value("input_transformer") or []:
        yield from ((f"<{name}>", path) for name, path in (one.get("input_paths") or {}).items())
    for one in target.value("http_target") or []:
        for kind in ("header_parameters", "query_string_parameters"):
            yield from ((name, path) for name, path in (one.get(kind) or {}).items() if _is_path(path))
        yield from (("path parameter", path) for path in one.get("path_parameter_values") or [] if _is_path(path))
    for one in target.value("kinesis_target") or []:
        if _is_path(one.get("partition_key_path")):
            yield "partition key", one["partition_key_path"]


def check_paths(filters: FilterCheck, receiver: Receiver) -> Findings:
    """Check that events that match the rule have the paths that the target reads."""
    if receiver.kind != "rule target":
        return
    subjects = [
        one
        for one in filters.subjects(receiver, "event")
        if not isinstance(one, SingleEvent) and filters.can_match(receiver, one)
    ]
    for name, path in event_paths_read(receiver.resource):
        steps = tuple(step for step in json_path(path) if not step.isdigit() and step != "*")
        for one in subjects:
            if steps and not list(locations(one.schema, steps)):
                reason = one.reason_for(filters.engine, patterns.Leaf(steps, ()), {"exists": True})
                yield "missing-path", f"{name} reads {path}: {reason.text if reason else 'the event does not have it'}"
                break
    for one in receiver.resource.value("input_transformer") or []:
        known = set(one.get("input_paths") or {})
        used = {name for name in _PLACEHOLDER.findall(one.get("input_template") or "") if not name.startswith("aws.")}
        for name in sorted(used - known):
            yield "missing-path", f"its template has <{name}>, which input_paths do not define"


def check_quotas(receiver: Receiver) -> Findings:
    """Check the quotas of a receiver's patterns, filter policy, mapping and transformer."""
    for kind, text in receiver.filters:
        most = {"event": _PATTERN_CHARACTERS, "record": _FILTER_CHARACTERS}.get(kind)
        if text and most and len(text) > most:
            yield "limit", f"its pattern has {len(text):,} characters; AWS allows {most:,}"
        if text and kind in ("body", "attributes"):
            yield from _policy_limits(text)
    if receiver.kind == "mapping" and len(receiver.filters) > _FILTERS_OF_MAPPING:
        yield "limit", f"it has {len(receiver.filters)} filters; a mapping allows {_FILTERS_OF_MAPPING}"
    for one in receiver.resource.value("input_transformer") or []:
        if len(one.get("input_paths") or {}) > _TRANSFORMER_PATHS:
            yield "limit", f"its transformer has {len(one['input_paths'])} paths; AWS allows {_TRANSFORMER_PATHS}"
        if len(one.get("input_template") or "") > _TEMPLATE_CHARACTERS:
            length = len(one["input_template"])
            yield "limit", f"its template has {length:,} characters; AWS allows {_TEMPLATE_CHARACTERS:,}"


def _policy_limits(text: str) -> Findings:
    pattern = patterns.parse(text) or {}
    if len(text.encode()) > _POLICY_BYTES:
        yield "limit", f"its filter policy has {len(text.encode()):,} bytes; SNS allows {_POLICY_BYTES:,}"
    ways = patterns.alternatives(pattern)
    keys = {leaf.name for way in ways for leaf in way.leaves}
    if len(keys) > _POLICY_KEYS:
        yield (
            "limit",
            f"its filter policy has {len(keys)} keys ({', '.join(sorted(keys))}); SNS allows {_POLICY_KEYS}",
        )
    combinations = 0
    for way in ways:
        product = 1
        for leaf in way.leaves:
            product *= len(leaf.values) * len(leaf.path)
        combinations += product
    if combinations > _POLICY_COMBINATIONS:
        yield "limit", f"its filter policy has {combinations} combinations; SNS allows {_POLICY_COMBINATIONS}"


def check_rule_quotas(topology: Topology) -> Iterator[tuple[Resource, str, str]]:
    """Check the quotas of targets per rule and rules per bus."""
    targets = Counter(one.rule for one in topology.receivers if one.kind == "rule target" and one.rule)
    for rule, number in targets.items():
        if number > _TARGETS_OF_RULE:
            yield rule, "limit", f"it has {number} targets; a rule allows {_TARGETS_OF_RULE}"
    by_bus: dict[Any, list[Resource]] = {}
    for rule, bus in topology.rules():
        by_bus.setdefault(bus, []).append(rule)
    for bus, rules in by_bus.items():
        if len(rules) > _RULES_OF_BUS:
            yield rules[0], "limit", f"{bus.label} has {len(rules)} rules; a bus allows {_RULES_OF_BUS}"
        wild = [one for one in rules if any(patterns.wildcards(patterns.parse(one.value("event_pattern") or "") or {}))]
        if len(wild) > _WILDCARD_RULES_OF_BUS:
            number = len(wild)
            yield wild[0], "limit", f"{bus.label} has {number} wildcard rules; a bus allows {_WILDCARD_RULES_OF_BUS}"


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("$")
