"""Checks whether matching events can be delivered: permissions, dead-letter queues, paths read by targets, quotas."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from orderflow_cli.routes import patterns
from orderflow_cli.routes.check_filters import FilterCheck, FindingParts
from orderflow_cli.routes.deliveries import json_path_steps
from orderflow_cli.routes.permissions import Permissions
from orderflow_cli.routes.plan import Arn, Resource
from orderflow_cli.routes.possible import SingleEvent, find_schemas
from orderflow_cli.routes.topology import UNKNOWN, Node, Receiver, Topology
from orderflow_cli.routes.verdicts import Answer

# Default quotas: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
_MAX_PATTERN_CHARACTERS: Final = 2048
_MAX_TARGETS_PER_RULE: Final = 5
_MAX_RULES_PER_BUS: Final = 300
_MAX_WILDCARD_RULES_PER_BUS: Final = 30
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html
_MAX_TRANSFORMER_PATHS: Final = 100
_MAX_TEMPLATE_CHARACTERS: Final = 8192
# https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
_MAX_POLICY_KEYS: Final = 5
_MAX_POLICY_COMBINATIONS: Final = 150
_MAX_POLICY_BYTES: Final = 256 * 1024
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
_MAX_FILTERS_PER_MAPPING: Final = 5
_MAX_FILTER_CHARACTERS: Final = 4096

_PLACEHOLDER: Final = re.compile(r"<([^<>\s]+)>")
_NO_REDRIVE_POLICY_TEXT: Final = "a message that always fails is retried until it expires, and is then lost"
_NO_DEAD_LETTER_QUEUE_TEXT: Final = "messages that cannot be delivered are dropped after the last retry"


def check_bus(topology: Topology, receiver: Receiver) -> FindingParts:
    """Yield a finding if a target names a bus other than its rule's."""
    if receiver.kind == "rule target" and receiver.rule and receiver.rule.type == "aws_cloudwatch_event_rule":
        named_bus = topology.bus(receiver.resource)
        if UNKNOWN not in (named_bus.id, receiver.source.id) and named_bus.name != receiver.source.name:
            yield "no-target", f"it names the bus {named_bus.label}, but its rule is on {receiver.source.label}"


def check_delivery(permissions: Permissions, receiver: Receiver) -> FindingParts:
    """Check that the target accepts messages, and that a dead-letter queue exists and accepts them."""
    if receiver.kind == "mapping":
        yield from _check_access(permissions, receiver, receiver.target)
        if receiver.source.kind == "queue" and permissions.topology.needs_redrive_policy(receiver.source.resource):
            yield "no-dead-letter-queue", f"{receiver.source.label} has no redrive_policy: {_NO_REDRIVE_POLICY_TEXT}"
        if receiver.source.kind in ("table", "stream") and permissions.topology.dead_letter_queue(receiver) is None:
            yield "no-dead-letter-queue", "it has no destination for failed records: those that keep failing are lost"
        return
    yield from _check_access(permissions, receiver, receiver.target)
    queue = permissions.topology.dead_letter_queue(receiver)
    if queue is None:
        yield "no-dead-letter-queue", f"it has no dead-letter queue: {_NO_DEAD_LETTER_QUEUE_TEXT}"
    else:
        if queue == receiver.target:
            yield (
                "no-dead-letter-queue",
                "its dead-letter queue is also its target, so an undeliverable message has nowhere to go",
            )
        region = permissions.plan.region
        if (arn := Arn.parse(queue.id)) and region not in ("", arn.region):
            yield "no-dead-letter-queue", f"its dead-letter queue must be in {region}; got {arn.region}"
        yield from _check_access(permissions, receiver, queue, "its dead-letter queue ")


def _check_access(permissions: Permissions, receiver: Receiver, node: Node, prefix: str = "") -> FindingParts:
    if node.kind == "unknown":
        # The receiver's findings report an unknown target.
        if prefix:
            yield "permission-unknown", f"{prefix}might not allow the sender: the queue is unknown until apply"
        return
    answer, reason = permissions.check(receiver, node)
    if answer is Answer.NO:
        yield "no-permission", f"{prefix}{node.label} does not allow the sender: {reason}"
    elif answer is Answer.UNKNOWN:
        yield "permission-unknown", f"{prefix}{node.label} might not allow the sender: {reason}"


def event_paths(target: Resource) -> Iterator[tuple[str, str]]:
    """Yield every JSON path that a rule's target reads from the event, as pairs of parameter and path."""
    if path := target.value("input_path"):
        yield "input_path", path
    for transformer in target.value("input_transformer") or []:
        yield from ((f"<{name}>", path) for name, path in (transformer.get("input_paths") or {}).items())
    for parameters in target.value("http_target") or []:
        for kind in ("header_parameters", "query_string_parameters"):
            yield from ((name, path) for name, path in (parameters.get(kind) or {}).items() if _is_path(path))
        yield from (("path parameter", one) for one in parameters.get("path_parameter_values") or [] if _is_path(one))
    for parameters in target.value("kinesis_target") or []:
        if _is_path(parameters.get("partition_key_path")):
            yield "partition key", parameters["partition_key_path"]


def check_paths(filter_check: FilterCheck, receiver: Receiver) -> FindingParts:
    """Check that matching events have the paths that the target reads, and that template placeholders are defined."""
    if receiver.kind != "rule target":
        return
    subjects = [
        one
        for one in filter_check.subjects(receiver, "event")
        if not isinstance(one, SingleEvent) and filter_check.can_match(receiver, one)
    ]
    for name, path in event_paths(receiver.resource):
        steps = tuple(step for step in json_path_steps(path) if not step.isdigit() and step != "*")
        for subject in subjects:
            if steps and not list(find_schemas(subject.schema, steps)):
                reason = subject.find_value_mismatch(filter_check.engine, patterns.Leaf(steps, ()), {"exists": True})
                yield "missing-path", f"{name} reads {path}: {reason.text if reason else 'the event has no such path'}"
                break
    for transformer in receiver.resource.value("input_transformer") or []:
        defined_names = set(transformer.get("input_paths") or {})
        used_names = set(_PLACEHOLDER.findall(transformer.get("input_template") or ""))
        for name in sorted(name for name in used_names - defined_names if not name.startswith("aws.")):
            yield "missing-path", f"its template has <{name}>, which input_paths does not define"


def check_quotas(receiver: Receiver) -> FindingParts:
    """Check the quotas of a receiver's patterns, filter policy, mapping and transformer."""
    for kind, text in receiver.filters:
        limit = {"event": _MAX_PATTERN_CHARACTERS, "record": _MAX_FILTER_CHARACTERS}.get(kind)
        if text and limit and len(text) > limit:
            yield "limit", f"its pattern has {len(text):,} characters; AWS allows {limit:,}"
        if text and kind in ("body", "attributes"):
            yield from _check_policy_quotas(text)
    if receiver.kind == "mapping" and len(receiver.filters) > _MAX_FILTERS_PER_MAPPING:
        yield "limit", f"it has {len(receiver.filters)} filters; AWS allows {_MAX_FILTERS_PER_MAPPING} by default"
    for transformer in receiver.resource.value("input_transformer") or []:
        paths, template = transformer.get("input_paths") or {}, transformer.get("input_template") or ""
        if len(paths) > _MAX_TRANSFORMER_PATHS:
            yield "limit", f"its transformer has {len(paths)} paths; AWS allows {_MAX_TRANSFORMER_PATHS}"
        if len(template) > _MAX_TEMPLATE_CHARACTERS:
            yield "limit", f"its template has {len(template):,} characters; AWS allows {_MAX_TEMPLATE_CHARACTERS:,}"


def _check_policy_quotas(text: str) -> FindingParts:
    if len(text.encode()) > _MAX_POLICY_BYTES:
        yield "limit", f"its filter policy has {len(text.encode()):,} bytes; SNS allows {_MAX_POLICY_BYTES:,}"
    alternatives = patterns.alternatives(patterns.parse(text) or {})
    keys = sorted({leaf.name for alternative in alternatives for leaf in alternative.leaves})
    if len(keys) > _MAX_POLICY_KEYS:
        yield "limit", f"its filter policy has {len(keys)} keys ({', '.join(keys)}); SNS allows {_MAX_POLICY_KEYS}"
    combination_count = 0
    for alternative in alternatives:
        product = 1
        for leaf in alternative.leaves:
            product *= len(leaf.values) * len(leaf.path)
        combination_count += product
    if combination_count > _MAX_POLICY_COMBINATIONS:
        yield "limit", f"its filter policy has {combination_count} combinations; SNS allows {_MAX_POLICY_COMBINATIONS}"


def check_rule_quotas(topology: Topology) -> Iterator[tuple[Resource, str, str]]:
    """Check the quotas of targets per rule, and of rules and wildcard rules per bus."""
    targets = Counter(one.rule for one in topology.receivers if one.kind == "rule target" and one.rule)
    for rule, count in targets.items():
        if count > _MAX_TARGETS_PER_RULE:
            yield rule, "limit", f"it has {count} targets; AWS allows {_MAX_TARGETS_PER_RULE} per rule"
    rules_by_bus: dict[Any, list[Resource]] = {}
    for rule, bus in topology.rules():
        rules_by_bus.setdefault(bus, []).append(rule)
    for bus, rules in rules_by_bus.items():
        if len(rules) > _MAX_RULES_PER_BUS:
            yield rules[0], "limit", f"{bus.label} has {len(rules)} rules; AWS allows {_MAX_RULES_PER_BUS} per bus"
        parsed_rules = ((one, patterns.parse(one.value("event_pattern") or "") or {}) for one in rules)
        wildcard_rules = [rule for rule, pattern in parsed_rules if any(patterns.wildcards(pattern))]
        if (count := len(wildcard_rules)) > _MAX_WILDCARD_RULES_PER_BUS:
            text = f"{bus.label} has {count} wildcard rules; AWS allows {_MAX_WILDCARD_RULES_PER_BUS} per bus"
            yield wildcard_rules[0], "limit", text


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("$")
