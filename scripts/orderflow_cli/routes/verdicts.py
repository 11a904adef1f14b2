"""Decides whether a pattern matches, and explains it: what matched, which leaf did not, or what is unknown."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from orderflow_cli.routes import patterns
from orderflow_cli.routes.engine import Engine, Kind, Question, local_engine
from orderflow_cli.routes.patterns import Leaf, format_value, format_values


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "undecided"


@dataclass(frozen=True)
class Verdict:
    answer: Answer
    reasons: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        return "; ".join(self.reasons)


# AWS rejects a pattern whose wildcards need too many states; the limit is unpublished, and the engine has none.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-wildcard-matching
_MAX_ASTERISKS: Final = 4
_NO_ELEMENT: Final = "no single element of a list matches all of"


def decide_match(engine: Engine, question: Question) -> Verdict:
    """Ask the engine whether the pattern matches; answer "undecided" where the engine may differ from AWS."""
    if refusal := rejection_reason(question.kind, question.pattern):
        return Verdict(Answer.NO, (f"AWS rejects the pattern: {refusal}",))
    if question.kind == "body" and not isinstance(question.subject, Mapping):
        return Verdict(Answer.NO, ("the filter reads the body, but the message is not a JSON object",))
    if reason := undecidable_reason(question):
        return Verdict(Answer.UNKNOWN, (reason,))
    reply = engine.ask([question])[0]
    if reply.rejection_reason:
        return Verdict(Answer.NO, (f"AWS rejects the pattern: {reply.rejection_reason}",))
    if reply.match:
        return Verdict(Answer.YES, describe_match(question))
    texts = describe_mismatch(engine, question)
    return Verdict(Answer.UNKNOWN if question.kind == "body" and texts[0].startswith(_NO_ELEMENT) else Answer.NO, texts)


@lru_cache(maxsize=1024)
def rejection_reason(kind: Kind, text: str) -> str:
    """Return why AWS rejects a pattern or filter policy; empty if it accepts it."""
    pattern = patterns.parse(text)
    if pattern is None:
        return "it is not a JSON object"
    if reason := local_engine().ask([Question("record", text)])[0].rejection_reason:
        return reason
    return _sns_rejection_reason(kind, patterns.leaves(pattern)) if kind in ("attributes", "body") else ""


def _sns_rejection_reason(kind: Kind, leaves: Sequence[Leaf]) -> str:
    """Return why a subscription rejects a filter that a rule accepts.
    https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html"""
    for leaf in leaves:
        if kind == "attributes" and len(leaf.path) > 1:
            return (
                f"{leaf.name} is nested and message attributes are not; "
                'set filter_policy_scope to "MessageBody" to filter on the body'
            )
        for value in leaf.values:
            name, operand = patterns.split_condition(value)
            base_operator, operand = patterns.split_condition(operand) if name == "anything-but" else (name, operand)
            if name == "wildcard" or (name == "anything-but" and base_operator not in ("equals", "prefix")):
                return f"{leaf.name} uses {format_value(value)}, which rules support but subscriptions do not"
            if base_operator in ("prefix", "suffix", "equals-ignore-case") and not isinstance(operand, str):
                return f"{leaf.name} uses {format_value(value)}: in a subscription, {base_operator} needs one string"
    return ""


def undecidable_reason(question: Question) -> str:
    """Return why AWS's answer to a question may differ from that of the engine (ADR 12); "" if it cannot."""
    pattern = patterns.parse(question.pattern)
    if pattern is None:
        return ""
    if repeated_keys := patterns.repeated_keys(question.pattern):
        return f"the pattern names {repeated_keys[0]} twice in one object, and JSON does not define which value counts"
    if any(isinstance(one, str) and one.count("*") > _MAX_ASTERISKS for one in patterns.wildcards(pattern)):
        return f"a wildcard with more than {_MAX_ASTERISKS} asterisks may be too complex for AWS"
    if question.kind == "event" and isinstance(question.subject.get("detail"), str):
        return "the event's detail is text, but EventBridge accepts only an object"
    if question.kind == "attributes":
        return next(filter(None, (_type_ambiguity(question.attributes, leaf) for leaf in patterns.leaves(pattern))), "")
    if question.kind == "body" and question.subject == {} and "exists" in question.pattern:
        return "the message is {}; SNS does not document whether fields of an empty message count as absent"
    if question.kind == "body" and any("." in name for name in patterns.field_names(pattern)):
        return "the filter names a field with a dot in its name, which AWS reads as a nested field"
    for leaf in patterns.leaves(pattern):
        if any("." in key for key in _path_keys(question.subject, leaf.path)):
            return f"a field on the path of {leaf.name} has a dot in its name, which AWS reads as a nested field"
        checks_existence = any(patterns.split_condition(value)[0] == "exists" for value in leaf.values)
        if question.kind == "body" and checks_existence and {None, ""} & {*find_values(question, leaf.path)}:
            return f"{leaf.name} is null or empty; SNS does not document whether it counts as present"
        if leaf.path[-1:] == ("N",) and any(patterns.split_condition(value)[0] == "numeric" for value in leaf.values):
            return f"{leaf.name} is a number written as text, which some services do not compare as a number"
    return ""


def _type_ambiguity(attributes: Mapping[str, Any], leaf: Leaf) -> str:
    """Return what AWS's documentation of filter policies leaves open about an attribute's type; else ""."""
    attribute = attributes.get(leaf.name, {})
    kind, text = attribute.get("DataType", ""), attribute.get("StringValue", "")
    for value in leaf.values if attribute else ():
        name, operand = patterns.split_condition(value)
        if kind != "String.Array" and name == "equals" and not isinstance(value, str):
            return f"{leaf.name} is of type {kind}, but {json.dumps(value)} is only for elements of a String.Array"
        if kind == "String" and name == "numeric":
            return f"{leaf.name} is of type String, but numeric is for attributes of type Number"
        excluded_values = operand if name == "anything-but" and isinstance(operand, list) else []
        if kind == "String.Array" and any(f'"{one}"' in text for one in excluded_values):
            return f"{leaf.name} is a list with an excluded value; AWS documents both a match and a mismatch"
    return ""


def describe_match(question: Question) -> tuple[str, ...]:
    """Describe what the pattern matched."""
    leaves = parse_leaves(question.pattern)
    names = dict.fromkeys(leaf.name for leaf in leaves if not leaf.branch or find_values(question, leaf.path))
    return (f"matches {', '.join(names)}",) if names else ()


def describe_mismatch(engine: Engine, question: Question) -> tuple[str, ...]:
    """Describe the leaves that do not match; of several branches of `$or`, those of the closest one."""
    pattern = patterns.parse(question.pattern) or {}
    fewest_mismatches: tuple[str, ...] | None = None
    for alternative in patterns.alternatives(pattern):
        leaves = alternative.leaves
        questions = [Question(question.kind, leaf.pattern(), question.subject, question.attributes) for leaf in leaves]
        replies = engine.ask(questions)
        failed_leaves = [leaf for leaf, reply in zip(leaves, replies, strict=True) if not reply.match]
        mismatches = tuple(_mismatch_text(question, leaf) for leaf in failed_leaves) or (
            f"{_NO_ELEMENT} {', '.join(leaf.name for leaf in leaves)}",
        )
        if fewest_mismatches is None or len(mismatches) < len(fewest_mismatches):
            fewest_mismatches = mismatches
    return fewest_mismatches or ("the pattern matches nothing",)


@lru_cache(maxsize=1024)
def parse_leaves(pattern: str) -> tuple[Leaf, ...]:
    return tuple(patterns.leaves(patterns.parse(pattern) or {}))


def has_object_list_leaf(question: Question) -> bool:
    """Return whether a leaf of the pattern is inside a list of objects; such leaves must match in the same element."""
    return any(_crosses_object_list(question.subject, leaf.path) for leaf in parse_leaves(question.pattern))


def _mismatch_text(question: Question, leaf: Leaf) -> str:
    values = find_values(question, leaf.path)
    text = " and ".join(json.dumps(one, ensure_ascii=False) for one in values[:3]) or "absent"
    if len(values) > 3:
        text += f" and {len(values) - 3} more"
    return f"{leaf.name} is {text}, not {format_values(leaf.values)}"


def find_values(question: Question, path: patterns.FieldPath) -> list[Any]:
    """Return the values at a pattern's path, including those in lists."""
    if question.kind == "attributes":
        attribute = question.attributes.get(".".join(path))
        return [attribute.get("StringValue")] if attribute else []
    return list(_walk_values(question.subject, path))


def _walk_values(node: Any, path: patterns.FieldPath) -> Iterator[Any]:
    if isinstance(node, list):
        for element in node:
            yield from _walk_values(element, path)
    elif not path:
        if not isinstance(node, dict):
            yield node
    elif isinstance(node, Mapping) and path[0] in node:
        yield from _walk_values(node[path[0]], path[1:])


def _path_keys(node: Any, path: patterns.FieldPath) -> Iterator[str]:
    """Yield the keys along a path, and their siblings whose names start with such a key and a dot."""
    if isinstance(node, list):
        for element in node:
            yield from _path_keys(element, path)
    elif isinstance(node, Mapping) and path:
        yield from (key for key in node if key.split(".")[0] == path[0])
        yield from _path_keys(node.get(path[0]), path[1:])


def _crosses_object_list(node: Any, path: patterns.FieldPath) -> bool:
    if isinstance(node, list):
        return any(isinstance(one, Mapping | list) for one in node)
    if not path or not isinstance(node, Mapping):
        return False
    return _crosses_object_list(node.get(path[0]), path[1:])
