"""Checks the filters of rules, subscriptions and event source mappings against the syntax that AWS accepts
and against the contracts, if there are any."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from orderflow_cli.routes import patterns
from orderflow_cli.routes.deliveries import Routes, json_path_steps
from orderflow_cli.routes.engine import Kind, Question
from orderflow_cli.routes.messages import Contract, Schema
from orderflow_cli.routes.patterns import OPERATORS, Alternative, Leaf, format_values, split_condition
from orderflow_cli.routes.plan import Resource
from orderflow_cli.routes.possible import MessageSet, Reason, SingleEvent, find_schemas, suggestion
from orderflow_cli.routes.strings import UndecidedError
from orderflow_cli.routes.topology import Node, Receiver
from orderflow_cli.routes.verdicts import rejection_reason, undecidable_reason

type FindingParts = Iterator[tuple[str, str]]
"""The kind and the message of each finding."""

_TEXT_SCHEMA: Final[Schema] = {"type": "string"}
_QUEUE_TEXT_FIELDS: Final = (
    "messageId",
    "receiptHandle",
    "md5OfBody",
    "eventSourceARN",
    "eventSource",
    "awsRegion",
    "dataType",
)
# Top-level fields of a record, whatever its message contains. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
# https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis-filtering.html
_RECORD_FIELDS: Final = {
    "queue": ("the queue's record", ("body", "attributes", "messageAttributes", *_QUEUE_TEXT_FIELDS)),
    "stream": (
        "the stream's record",
        (
            *("data", "partitionKey", "sequenceNumber", "kinesisSchemaVersion", "approximateArrivalTimestamp"),
            *("eventSource", "eventVersion", "eventID", "eventName"),
            *("invokeIdentityArn", "awsRegion", "eventSourceARN"),
        ),
    ),
}
_IMAGES_BY_VIEW_TYPE: Final = {
    "KEYS_ONLY": (),
    "NEW_IMAGE": ("NewImage",),
    "OLD_IMAGE": ("OldImage",),
    "NEW_AND_OLD_IMAGES": ("NewImage", "OldImage"),
}


class FilterCheck:
    """Checks the filters of receivers against the messages that can arrive at them."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.engine = routes.engine
        self.subjects = cache(self._subjects)
        self.clashes = cache(self._find_clashes)
        self.arriving_subjects = cache(self._arriving_subjects)

    def check(self, receiver: Receiver) -> FindingParts:
        for kind, text in receiver.filters:
            pattern = patterns.parse(text or "")
            if text is None:
                yield "cannot-be-told", "its pattern is unknown until apply"
            elif refusal := rejection_reason(kind, text):
                yield "invalid-pattern", f"AWS rejects the pattern: {refusal}"
            elif pattern is not None:
                if reason := undecidable_reason(Question(kind, text, {"placeholder": "message"})):
                    yield "cannot-be-told", reason
                subjects = self.subjects(receiver, kind)
                operator_findings = list(_misplaced_operators(subjects, pattern))
                yield from operator_findings or self._check_alternatives(subjects, pattern)

    def can_match(self, receiver: Receiver, subject: MessageSet) -> bool:
        """Return whether a message that `subject` describes can match the receiver's filters."""
        if receiver.is_disabled or not receiver.filters:
            return not receiver.is_disabled
        texts = [text for kind, text in receiver.filters if text is None or not rejection_reason(kind, text)]
        alternatives = [each for text in texts for each in patterns.alternatives(patterns.parse(text or "") or {})]
        return any(not self.clashes(subject, each) for each in alternatives)

    def _check_alternatives(self, subjects: Sequence[MessageSet], pattern: Mapping[str, Any]) -> FindingParts:
        if not subjects:
            return
        alternatives = patterns.alternatives(pattern)
        unmatchable_alternatives = [each for each in alternatives if all(self.clashes(one, each) for one in subjects)]
        if len(unmatchable_alternatives) == len(alternatives):
            reasons = self._mismatch_reasons(subjects, alternatives[0])
            yield reasons[0].kind, f"no valid message can match: {'; '.join(one.text for one in reasons)}"
            return
        for alternative in unmatchable_alternatives:
            reason = "; ".join(one.text for one in self._mismatch_reasons(subjects, alternative))
            yield "dead-branch", f"branch {' with '.join(alternative.branches)} can never match: {reason}"
        yield from self._check_values(subjects, [each for each in alternatives if each not in unmatchable_alternatives])

    def _check_values(self, subjects: Sequence[MessageSet], alternatives: Sequence[Alternative]) -> FindingParts:
        """Yield a finding for each value with which no branch of the pattern can match."""
        for leaf in dict.fromkeys(leaf for each in alternatives for leaf in each.leaves if len(leaf.values) > 1):
            for value in leaf.values:
                single_value_leaf = Leaf(leaf.path, (value,))
                narrowed_alternatives = [
                    Alternative(tuple(single_value_leaf if one == leaf else one for one in each.leaves))
                    for each in alternatives
                    if leaf in each.leaves
                ]
                if all(self.clashes(one, each) for each in narrowed_alternatives for one in subjects):
                    reasons = self._mismatch_reasons(subjects, narrowed_alternatives[0])
                    reason = "; ".join(one.text for one in reasons)
                    yield reasons[0].kind, f"{leaf.name} can never be {format_values((value,))}: {reason}"

    def _mismatch_reasons(self, subjects: Sequence[MessageSet], alternative: Alternative) -> list[Reason]:
        """Return why no message matches: the leaves that never match, or else the fewest mismatches of any subject."""
        leaves = alternative.leaves
        unmatched_leaves = [leaf for leaf in leaves if all(self.clashes(one, Alternative((leaf,))) for one in subjects)]
        if unmatched_leaves:
            return [self._mismatch_reason(subjects, leaf) for leaf in unmatched_leaves]
        return min((list(self.clashes(one, alternative)) for one in subjects), key=len)

    def _mismatch_reason(self, subjects: Sequence[MessageSet], leaf: Leaf) -> Reason:
        field_schemas = [field_schema for one in subjects for field_schema in one.field_schemas(leaf.path)]
        choices = [choice for field_schema in field_schemas for choice in field_schema.schema.get("enum", [])]
        checks_existence = any(split_condition(value)[0] == "exists" for value in leaf.values)
        if not checks_existence and len({one.name for one in subjects if one.field_schemas(leaf.path)}) > 1 and choices:
            hint = next(filter(None, (suggestion(value, choices) for value in leaf.values)), "")
            return Reason("impossible-value", f"{leaf.name} is never {format_values(leaf.values)}{hint}")
        candidates = [one for one in subjects if not isinstance(one, SingleEvent)] or list(subjects)
        return self.clashes(max(candidates, key=lambda one: one.depth(leaf.path)), Alternative((leaf,)))[0]

    def _find_clashes(self, subject: MessageSet, alternative: Alternative) -> tuple[Reason, ...]:
        """Return a reason for each leaf that no message can match; an empty tuple if there is no such leaf."""
        reasons = []
        for leaf in alternative.leaves:
            try:
                reasons.append(subject.find_leaf_mismatch(self.engine, leaf))
            except UndecidedError:
                continue
        return tuple(one for one in reasons if one)

    def _subjects(self, receiver: Receiver, kind: Kind) -> tuple[MessageSet, ...]:
        """Return the messages that can arrive at a receiver, in the form that filters of this kind read."""
        if receiver.kind == "mapping" and receiver.source.kind == "table":
            return (_stream_record_set(receiver.source.resource),) if receiver.source.resource else ()
        subjects: list[MessageSet] = []
        for subject in self.arriving_subjects(receiver.source):
            if kind == subject.kind:
                subjects.append(subject)
            elif not isinstance(subject, SingleEvent):
                record = _queue_record_schema(subject.schema) if kind == "record" else subject.schema
                schema = _attributes_schema(subject.contract) if kind == "attributes" else record
                subjects.append(MessageSet(subject.contract, kind, schema))
        if receiver.kind == "mapping" and not subjects and receiver.source.kind in _RECORD_FIELDS:
            name, fields = _RECORD_FIELDS[receiver.source.kind]
            record = _closed_object({key: {} for key in fields}, [])
            subjects.append(MessageSet(Contract(name, 0, "bus", {}, Path(receiver.source.id)), kind, record))
        return tuple(subjects)

    def _arriving_subjects(self, node: Node, seen: frozenset[Node] = frozenset()) -> list[MessageSet]:
        """Return the messages that can arrive at a node: those of producers, and those that receivers forward."""
        result: list[MessageSet] = []
        settings, plan = self.routes.settings, self.routes.plan
        if node.kind in ("bus", "topic") and settings.selects_bus_or_topic(node.kind, node.name):
            kind: Kind = "event" if node.kind == "bus" else "body"
            result += [
                MessageSet(one, kind, one.matched_schema) for one in settings.contracts if one.carrier == node.kind
            ]
            if result:
                single_events = settings.single_events(plan.account, plan.region)
                result += [SingleEvent(one, kind) for one in single_events if one.carrier == node.kind]
        if node not in seen:
            for receiver in self.routes.topology.receivers:
                if receiver.target == node and receiver.kind != "mapping":
                    for subject in self.arriving_subjects(receiver.source, seen | {node}):
                        if not isinstance(subject, SingleEvent) and self.can_match(receiver, subject):
                            schema = _forwarded_schema(receiver, subject.schema)
                            result.append(MessageSet(subject.contract, subject.kind, schema))
        return result


def _misplaced_operators(subjects: Sequence[MessageSet], pattern: Mapping[str, Any]) -> FindingParts:
    """Yield a finding for each operator outside a list: {"a": {"exists": [true]}} matches a field `exists` of `a`."""
    for leaf in patterns.leaves(pattern):
        *parents, name = leaf.path
        if parents and name in OPERATORS and not any(one.field_schemas(leaf.path) for one in subjects):
            hint = json.dumps({parents[-1]: [{name: leaf.values[0] if len(leaf.values) == 1 else list(leaf.values)}]})
            yield "misplaced-operator", f"{leaf.name} uses {name} as a field name; did you mean {hint[1:-1]}?"


def _forwarded_schema(receiver: Receiver, schema: Schema) -> Schema:
    """Return the schema of the message that a receiver forwards to its target."""
    values = receiver.resource.values
    if receiver.kind == "subscription":
        fields = dict.fromkeys(("Type", "MessageId", "TopicArn", "Message", "Timestamp", "Subject"), _TEXT_SCHEMA)
        return schema if values.get("raw_message_delivery") else {"type": "object", "properties": fields}
    if values.get("input_transformer") or values.get("input"):
        return {}
    if path := values.get("input_path"):
        field_schemas = list(find_schemas(schema, tuple(json_path_steps(path))))
        return field_schemas[0].schema if field_schemas else {}
    return schema


def _attributes_schema(contract: Contract) -> Schema:
    """Return the schema of a contract's message attributes."""
    fields, required = {}, []
    for name, path in contract.attributes.items():
        for field_schema in find_schemas(contract.schema, tuple(path.split("."))):
            fields[name] = field_schema.schema
            required += [name] if field_schema.is_required else []
    return _closed_object(fields, required)


def _queue_record_schema(body: Schema) -> Schema:
    """Return the schema of a queue record. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html"""
    fields = dict.fromkeys(_QUEUE_TEXT_FIELDS, _TEXT_SCHEMA) | {"body": body, "attributes": {}, "messageAttributes": {}}
    return _closed_object(fields, ["body"])


def _stream_record_set(table: Resource) -> MessageSet:
    """Return the subject of a table's stream records: the images of its view type, with typed key attributes.
    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html"""
    attributes = table.value("attribute") or []
    keys = {one["name"]: _closed_object({one["type"]: _TEXT_SCHEMA}, [one["type"]]) for one in attributes}
    image: Schema = {"type": "object", "properties": keys, "additionalProperties": {"type": "object"}}
    images = _IMAGES_BY_VIEW_TYPE.get(table.value("stream_view_type") or "", ("NewImage", "OldImage"))
    dynamodb_fields = dict.fromkeys(("Keys", *images), image)
    dynamodb_fields |= dict.fromkeys(("SequenceNumber", "StreamViewType"), _TEXT_SCHEMA)
    dynamodb_fields |= {"SizeBytes": {"type": "integer"}, "ApproximateCreationDateTime": {"type": "number"}}
    fields = dict.fromkeys(("eventID", "eventVersion", "eventSource", "awsRegion", "eventSourceARN"), _TEXT_SCHEMA)
    fields["eventName"] = {"type": "string", "enum": ["INSERT", "MODIFY", "REMOVE"]}
    fields |= {"userIdentity": {}, "dynamodb": _closed_object(dynamodb_fields, ["Keys"])}
    contract = Contract("the stream's record", 0, "bus", {}, Path(table.address))
    return MessageSet(contract, "record", _closed_object(fields, ["eventName", "dynamodb"]))


def _closed_object(fields: Mapping[str, Schema], required: list[str]) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": dict(fields), "required": required}
