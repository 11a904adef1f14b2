"""Checks the filters of rules, subscriptions and event source mappings against AWS's grammar and,
if there are any, against the contracts."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from orderflow_cli.routes import patterns
from orderflow_cli.routes.deliveries import Routes, json_path
from orderflow_cli.routes.engine import Kind, Question
from orderflow_cli.routes.messages import Contract, Schema
from orderflow_cli.routes.patterns import OPERATORS, Alternative, Leaf, format_values, operator
from orderflow_cli.routes.plan import Resource
from orderflow_cli.routes.possible import Reason, SingleEvent, Subject, locations, suggestion
from orderflow_cli.routes.strings import Undecided
from orderflow_cli.routes.topology import Node, Receiver
from orderflow_cli.routes.verdicts import rejection, undecidable_reason

type Findings = Iterator[tuple[str, str]]
"""The kind and the message of each finding."""

_TEXT: Final[Schema] = {"type": "string"}
_QUEUE_TEXTS: Final = (
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
    "queue": ("the queue's record", ("body", "attributes", "messageAttributes", *_QUEUE_TEXTS)),
    "stream": (
        "the stream's record",
        (
            *("data", "partitionKey", "sequenceNumber", "kinesisSchemaVersion", "approximateArrivalTimestamp"),
            *(
                "eventSource",
                "eventVersion",
                "eventID",
                "eventName",
                "invokeIdentityArn",
                "awsRegion",
                "eventSourceARN",
            ),
        ),
    ),
}
_IMAGES: Final = {
    "KEYS_ONLY": (),
    "NEW_IMAGE": ("NewImage",),
    "OLD_IMAGE": ("OldImage",),
    "NEW_AND_OLD_IMAGES": ("NewImage", "OldImage"),
}


class FilterCheck:
    """Checks the filters of receivers against what can arrive at them."""

    def __init__(self, routes: Routes) -> None:
        self.routes = routes
        self.engine = routes.engine
        self.subjects = cache(self._subjects)
        self.reasons = cache(self._reasons)
        self.arriving = cache(self._arriving)

    def check(self, receiver: Receiver) -> Findings:
        for kind, text in receiver.filters:
            pattern = patterns.parse(text or "")
            if text is None:
                yield "cannot-be-told", "its pattern is unknown until apply"
            elif refused := rejection(kind, text):
                yield "invalid-pattern", f"AWS rejects the pattern: {refused}"
            elif pattern is not None:
                if reason := undecidable_reason(Question(kind, text, {"no message": "in particular"})):
                    yield "cannot-be-told", reason
                subjects = self.subjects(receiver, kind)
                misplaced = list(_misplaced_operators(subjects, pattern))
                yield from misplaced or self._unmatchable(subjects, pattern)

    def can_match(self, receiver: Receiver, subject: Subject) -> bool:
        """Return whether a message of the subject can match the receiver's filters."""
        if receiver.disabled or not receiver.filters:
            return not receiver.disabled
        texts = [text for kind, text in receiver.filters if text is None or not rejection(kind, text)]
        ways = [way for text in texts for way in patterns.alternatives(patterns.parse(text or "") or {})]
        return any(not self.reasons(subject, way) for way in ways)

    def _unmatchable(self, subjects: Sequence[Subject], pattern: Mapping[str, Any]) -> Findings:
        if not subjects:
            return
        ways = patterns.alternatives(pattern)
        dead = [way for way in ways if all(self.reasons(one, way) for one in subjects)]
        if len(dead) == len(ways):
            reasons = self._mismatch_reasons(subjects, ways[0])
            yield reasons[0].kind, f"no valid message can match: {'; '.join(one.text for one in reasons)}"
            return
        for way in dead:
            reason = "; ".join(one.text for one in self._mismatch_reasons(subjects, way))
            yield "dead-branch", f"branch {' with '.join(way.branches)} can never match: {reason}"
        yield from self._impossible_values(subjects, [way for way in ways if way not in dead])

    def _impossible_values(self, subjects: Sequence[Subject], ways: Sequence[Alternative]) -> Findings:
        """Yield listed values that, in every branch, no message can have together with the rest of the pattern."""
        for leaf in dict.fromkeys(leaf for way in ways for leaf in way.leaves if len(leaf.values) > 1):
            for value in leaf.values:
                alone = Leaf(leaf.path, (value,))
                narrowed = [
                    Alternative(tuple(alone if one == leaf else one for one in way.leaves))
                    for way in ways
                    if leaf in way.leaves
                ]
                if all(self.reasons(one, way) for way in narrowed for one in subjects):
                    reasons = self._mismatch_reasons(subjects, narrowed[0])
                    reason = "; ".join(one.text for one in reasons)
                    yield reasons[0].kind, f"{leaf.name} can never be {format_values((value,))}: {reason}"

    def _mismatch_reasons(self, subjects: Sequence[Subject], way: Alternative) -> list[Reason]:
        """Return why no subject matches: the leaves that never match, else the mismatches of the nearest subject."""
        nowhere = [leaf for leaf in way.leaves if all(self.reasons(one, Alternative((leaf,))) for one in subjects)]
        if nowhere:
            return [self._mismatch_reason(subjects, leaf) for leaf in nowhere]
        each = [list(self.reasons(one, way)) for one in subjects]
        return min(each, key=len)

    def _mismatch_reason(self, subjects: Sequence[Subject], leaf: Leaf) -> Reason:
        spots_ = [spot for one in subjects for spot in one.locations(leaf.path)]
        choices = [choice for spot in spots_ for choice in spot.schema.get("enum", [])]
        exists = any(operator(value)[0] == "exists" for value in leaf.values)
        if not exists and len({one.name for one in subjects if one.locations(leaf.path)}) > 1 and choices:
            hint = next((found for value in leaf.values if (found := suggestion(value, choices))), "")
            return Reason("impossible-value", f"{leaf.name} is never {format_values(leaf.values)}{hint}")
        known = [one for one in subjects if not isinstance(one, SingleEvent)] or list(subjects)
        return self.reasons(max(known, key=lambda one: one.depth(leaf.path)), Alternative((leaf,)))[0]

    def _reasons(self, subject: Subject, way: Alternative) -> tuple[Reason, ...]:
        """Return why a subject can never match all leaves; empty if it can."""
        found = []
        for leaf in way.leaves:
            try:
                found.append(subject.reason(self.engine, leaf))
            except Undecided:
                continue
        return tuple(one for one in found if one)

    def _subjects(self, receiver: Receiver, kind: Kind) -> tuple[Subject, ...]:
        """Return what can arrive at a receiver, in the form that filters of this kind read."""
        if receiver.kind == "mapping" and receiver.source.kind == "table":
            return (_stream_record_subject(receiver.source.resource),) if receiver.source.resource else ()
        found: list[Subject] = []
        for one in self.arriving(receiver.source):
            if kind == one.kind:
                found.append(one)
            elif not isinstance(one, SingleEvent):
                record = _queue_record_schema(one.schema) if kind == "record" else one.schema
                schema = _attributes_schema(one.contract) if kind == "attributes" else record
                found.append(Subject(one.contract, kind, schema))
        if receiver.kind == "mapping" and not found and receiver.source.kind in _RECORD_FIELDS:
            name, fields = _RECORD_FIELDS[receiver.source.kind]
            record = _closed_object({key: {} for key in fields}, [])
            found.append(Subject(Contract(name, 0, "bus", {}, Path(receiver.source.id)), kind, record))
        return tuple(found)

    def _arriving(self, node: Node, seen: frozenset[Node] = frozenset()) -> list[Subject]:
        """Return what can arrive at a node: what producers publish there, and what receivers send there."""
        found: list[Subject] = []
        settings, plan = self.routes.settings, self.routes.plan
        if node.kind in ("bus", "topic") and settings.carries(node.kind, node.name):
            kind: Kind = "event" if node.kind == "bus" else "body"
            found += [Subject(one, kind, one.matched_schema) for one in settings.contracts if one.carrier == node.kind]
            if found:
                single = settings.single_events(plan.account, plan.region)
                found += [SingleEvent(one, kind) for one in single if one.carrier == node.kind]
        if node not in seen:
            for feeding in self.routes.topology.receivers:
                if feeding.target == node and feeding.kind != "mapping":
                    for one in self.arriving(feeding.source, seen | {node}):
                        if not isinstance(one, SingleEvent) and self.can_match(feeding, one):
                            found.append(Subject(one.contract, one.kind, _sent_schema(feeding, one.schema)))
        return found


def _misplaced_operators(subjects: Sequence[Subject], pattern: Mapping[str, Any]) -> Findings:
    """Yield operators outside a list: {"amount": {"numeric": [">", 100]}} matches a field `numeric` of amount."""
    for leaf in patterns.leaves(pattern):
        *owner, name = leaf.path
        if owner and name in OPERATORS and not any(one.locations(leaf.path) for one in subjects):
            meant = json.dumps({owner[-1]: [{name: leaf.values[0] if len(leaf.values) == 1 else list(leaf.values)}]})
            yield "misplaced-operator", f"{leaf.name} uses {name} as a field name; did you mean {meant[1:-1]}?"


def _sent_schema(receiver: Receiver, schema: Schema) -> Schema:
    """Return the schema of what a receiver sends for a message."""
    values = receiver.resource.values
    if receiver.kind == "subscription":
        fields = dict.fromkeys(("Type", "MessageId", "TopicArn", "Message", "Timestamp", "Subject"), _TEXT)
        return schema if values.get("raw_message_delivery") else {"type": "object", "properties": fields}
    if values.get("input_transformer") or values.get("input"):
        return {}
    if path := values.get("input_path"):
        inner = list(locations(schema, tuple(json_path(path))))
        return inner[0].schema if inner else {}
    return schema


def _attributes_schema(contract: Contract) -> Schema:
    """Return the schema of a contract's message attributes."""
    fields, required = {}, []
    for name, path in contract.attributes.items():
        for spot in locations(contract.schema, tuple(path.split("."))):
            fields[name] = spot.schema
            required += [name] if spot.always else []
    return _closed_object(fields, required)


def _queue_record_schema(body: Schema) -> Schema:
    """Return the schema of a queue record. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html"""
    fields = dict.fromkeys(_QUEUE_TEXTS, _TEXT) | {"body": body, "attributes": {}, "messageAttributes": {}}
    return _closed_object(fields, ["body"])


def _stream_record_subject(table: Resource) -> Subject:
    """Return a stream's records: the images of its view type, with typed keys and any other attributes.
    https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html"""
    keys = {one["name"]: _closed_object({one["type"]: _TEXT}, [one["type"]]) for one in table.value("attribute") or []}
    image: Schema = {"type": "object", "properties": keys, "additionalProperties": {"type": "object"}}
    images = _IMAGES.get(table.value("stream_view_type") or "", ("NewImage", "OldImage"))
    inner = dict.fromkeys(("Keys", *images), image) | {"SequenceNumber": _TEXT, "StreamViewType": _TEXT}
    inner |= {"SizeBytes": {"type": "integer"}, "ApproximateCreationDateTime": {"type": "number"}}
    fields: Schema = dict.fromkeys(("eventID", "eventVersion", "eventSource", "awsRegion", "eventSourceARN"), _TEXT)
    fields["eventName"] = {"type": "string", "enum": ["INSERT", "MODIFY", "REMOVE"]}
    fields |= {"userIdentity": {}, "dynamodb": _closed_object(inner, ["Keys"])}
    contract = Contract("the stream's record", 0, "bus", {}, Path(table.address))
    return Subject(contract, "record", _closed_object(fields, ["eventName", "dynamodb"]))


def _closed_object(fields: Mapping[str, Schema], required: list[str]) -> Schema:
    return {"type": "object", "additionalProperties": False, "properties": dict(fields), "required": required}
