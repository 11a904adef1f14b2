"""Decides whether a valid message can match a leaf of a pattern, given a schema or a single event.

`None` means that the engine matches one of the possible values, a `Reason` that no value can match. If neither is
certain, `UndecidedError` is raised, which must not count as a pass."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import jsoncompat

from orderflow_cli.routes import strings
from orderflow_cli.routes.engine import Engine, Kind, Question
from orderflow_cli.routes.messages import Contract, Message, Schema
from orderflow_cli.routes.patterns import FieldPath, Leaf, format_value, split_condition
from orderflow_cli.routes.strings import UndecidedError

_TEXT_OPERATORS: Final = ("prefix", "suffix", "equals-ignore-case", "wildcard", "cidr")
_TYPE_NAMES: Final = {"string": "text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}
_SAMPLES: Final[dict[str, list[Any]]] = {
    "string": ["", "a", "sample", "10.0.0.1", "::1"],
    "integer": [0, 1, -1, 7],
    "number": [0, 1, -1, 7, 0.5],
    "boolean": [True, False],
    "null": [None],
}


@dataclass(frozen=True)
class Reason:
    """Why no valid message matches; `kind` is the id of the resulting finding."""

    kind: str
    text: str


@dataclass(frozen=True)
class FieldSchema:
    """A subschema to which a path leads; `is_required` says whether every valid message has a value there."""

    schema: Schema
    is_required: bool


class MessageSet:
    """The messages that one contract allows, in the form that one kind of filter reads."""

    def __init__(self, contract: Contract, kind: Kind, schema: Schema) -> None:
        self.name, self.contract, self.kind, self.schema = contract.name, contract, kind, schema

    def field_schemas(self, path: FieldPath) -> list[FieldSchema]:
        return list(find_schemas(self.schema, path))

    def depth(self, path: FieldPath) -> int:
        """Return the number of leading keys of a path that the schema declares."""
        return next((length for length in range(len(path), 0, -1) if self.field_schemas(path[:length])), 0)

    def find_leaf_mismatch(self, engine: Engine, leaf: Leaf) -> Reason | None:
        """Return why no message of the contract matches the leaf; None if one does."""
        reasons = []
        for value in leaf.values:
            reason = self.find_value_mismatch(engine, leaf, value)
            if reason is None:
                return None
            reasons.append(reason)
        return reasons[0] if reasons else Reason("impossible-value", f"{leaf.name} has an empty list of values")

    def find_value_mismatch(self, engine: Engine, leaf: Leaf, value: Any) -> Reason | None:
        """Return why no message of the contract matches this value of the leaf; None if one does."""
        field_schemas = self.field_schemas(leaf.path)
        name, operand = split_condition(value)
        if name == "exists" and operand is False:
            if any(one.is_required for one in field_schemas):
                return Reason("impossible-value", f"{leaf.name} is in every {self.name}, so it is never absent")
            return None
        if not field_schemas:
            return self._unknown_field_reason(leaf)
        if all(_types(one.schema) == {"object"} for one in field_schemas):
            fields = ", ".join(sorted(field_schemas[0].schema.get("properties", {}))[:4])
            return Reason("impossible-value", f"{leaf.name} is an object in {self.name}; match its fields ({fields})")
        if name == "exists":
            return None
        reasons = [self._find_schema_mismatch(engine, leaf, value, one.schema) for one in field_schemas]
        return None if None in reasons else reasons[0]

    def _find_schema_mismatch(self, engine: Engine, leaf: Leaf, value: Any, schema: Schema) -> Reason | None:
        name, operand = split_condition(value)
        candidates, is_exhaustive = _candidates(value, schema)
        valid_candidates = [one for one in candidates if is_valid(schema, one)]
        questions = [_make_value_question(self.kind, Leaf(leaf.path, (value,)), one) for one in valid_candidates]
        if any(reply.match for reply in engine.ask(questions)):
            return None
        if not is_exhaustive:
            raise UndecidedError(f"whether {leaf.name} of {self.name} can be {format_value(value)}")
        field = f"{leaf.name} of {self.name}"
        types = _types(schema)
        if name in _TEXT_OPERATORS and "string" not in types:
            return Reason("impossible-value", f"{field} is {_type_text(types)}, but {name} needs text")
        if name == "numeric" and not types & {"number", "integer"}:
            return Reason("impossible-value", f"{field} is {_type_text(types)}, but numeric needs numbers")
        if name == "equals" and not is_valid({"type": sorted(types)}, value):
            return Reason("impossible-value", f"{field} is {_type_text(types)}, never {format_value(value)}")
        if choices := _choices(schema):
            hint = suggestion(operand if name == "equals" else None, choices)
            names = ", ".join([*map(str, choices[:8]), *["…"] * (len(choices) > 8)])
            return Reason("impossible-value", f"{field} is one of {names}, never {format_value(value)}{hint}")
        return Reason("impossible-value", f"{field} is {_describe(schema)}, never {format_value(value)}")

    def _unknown_field_reason(self, leaf: Leaf) -> Reason:
        length = self.depth(leaf.path) + 1
        parents = self.field_schemas(leaf.path[: length - 1])
        names = sorted({name for one in parents for name in _properties(one.schema)})
        if not names and any(_is_open(one.schema) for one in parents):
            raise UndecidedError(f"whether {self.name} has {leaf.name}, which its schema neither declares nor forbids")
        field = ".".join(leaf.path[:length])
        parent = ".".join(leaf.path[: length - 1]) or "it"
        hint = suggestion(leaf.path[length - 1], names) or _location_hint(self.schema, leaf.path)
        names_text = ", ".join([*names[:6], *["…"] * (len(names) > 6)]) or "no fields"
        return Reason("unknown-field", f"{self.name} has no {field}{hint or f'; {parent} has {names_text}'}")


class SingleEvent(MessageSet):
    """A single event without a contract; only its own values are possible."""

    def __init__(self, message: Message, kind: Kind) -> None:
        self.name, self.message, self.kind = message.name, message, kind
        self.schema: Schema = {}

    def find_value_mismatch(self, engine: Engine, leaf: Leaf, value: Any) -> Reason | None:
        pattern = Leaf(leaf.path, (value,)).pattern()
        question = Question(self.kind, pattern, self.message.body, self.message.attributes)
        matches = engine.ask([question])[0].match
        return None if matches else Reason("unmatchable", f"{self.name} has no matching {leaf.name}")


def matching_example(engine: Engine, subject: MessageSet, leaves: Sequence[Leaf]) -> Any:
    """Return a valid message, made from an example or the schema, that matches every leaf; None if none is found."""
    for base_message in _base_messages(subject):
        body = json.loads(json.dumps(base_message))
        for leaf in leaves:
            body = _adapt_body(engine, subject, body, leaf, [one for one in leaves if one.path == leaf.path])
            if body is None:
                break
        if body is not None and is_valid(subject.schema, body):
            questions = [_make_question(subject.kind, leaf.pattern(), body) for leaf in leaves]
            if all(reply.match for reply in engine.ask(questions)):
                return body
    return None


def _base_messages(subject: MessageSet) -> Iterator[Any]:
    if subject.kind in ("event", "body"):
        yield from (one.body for one in subject.contract.messages("111122223333"))
    yield sample(subject.schema)


def is_valid(schema: Schema, value: Any) -> bool:
    """Return whether a value is valid under a schema. Raises UndecidedError for an unsupported schema."""
    try:
        return bool(_validator(json.dumps(_remove_dialect(schema))).is_valid_value(value))
    except ValueError as error:
        raise UndecidedError(str(error)) from error


@cache
def _validator(schema: str) -> "jsoncompat.Validator":
    return jsoncompat.validator_for(schema)


def _remove_dialect(schema: Any) -> Any:
    """Remove $schema, as the keywords in use have the same meaning in every draft."""
    if isinstance(schema, list):
        return [_remove_dialect(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: _remove_dialect(value) for key, value in schema.items() if key != "$schema"}


def _adapt_body(engine: Engine, subject: MessageSet, body: Any, leaf: Leaf, path_leaves: list[Leaf]) -> Any:
    """Return the body, changed to match a leaf; None if no matching value is found."""
    if all(one.match for one in engine.ask([_make_question(subject.kind, one.pattern(), body) for one in path_leaves])):
        return body
    for value in leaf.values:
        name, operand = split_condition(value)
        if name == "exists" and operand is False:
            return _remove_field(body, leaf.path)
        for field_schema in subject.field_schemas(leaf.path):
            for candidate in _candidates(value, field_schema.schema)[0]:
                questions = [_make_value_question(subject.kind, one, candidate) for one in path_leaves]
                if is_valid(field_schema.schema, candidate) and all(reply.match for reply in engine.ask(questions)):
                    return _set_value(body, subject.schema, leaf.path, candidate)
    return None


def find_schemas(schema: Schema, path: FieldPath, is_required: bool = True) -> Iterator[FieldSchema]:
    """Yield the schemas to which a path leads, through lists, maps and choices; none for undeclared fields."""
    if isinstance(schema, bool):
        schema = {} if schema else {"enum": []}
    for choice in ("anyOf", "oneOf"):
        for subschema in schema.get(choice, ()):
            yield from find_schemas({**_remove_combinators(schema), **subschema}, path, False)
    for subschema in schema.get("allOf", ()):
        yield from find_schemas(subschema, path, is_required)
    if not path:
        if "items" in schema and isinstance(schema["items"], dict):
            yield from find_schemas(schema["items"], path, is_required and schema.get("minItems", 0) > 0)
        elif not any(key in schema for key in ("anyOf", "oneOf")):
            yield FieldSchema(schema, is_required and "null" not in _types(schema))
        return
    if isinstance(schema.get("items"), dict):
        yield from find_schemas(schema["items"], path, False)
    is_required = is_required and _types(schema) == {"object"}
    name, subpath = path[0], path[1:]
    if name in schema.get("properties", {}):
        yield from find_schemas(schema["properties"][name], subpath, is_required and name in schema.get("required", ()))
        return
    for pattern, subschema in schema.get("patternProperties", {}).items():
        if re.search(pattern, name):
            yield from find_schemas(subschema, subpath, False)
    if isinstance(schema.get("additionalProperties"), dict):
        yield from find_schemas(schema["additionalProperties"], subpath, False)


def sample(schema: Schema) -> Any:
    """Return a small example value for a schema; it is valid unless the schema is too complex."""
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if schema.get(choice):
            return sample({**_remove_combinators(schema), **schema[choice][0]})
    types = _types(schema)
    if "object" in types:
        fields = schema.get("properties", {})
        return {name: sample(fields.get(name, {})) for name in schema.get("required", ())}
    if "array" in types:
        return [sample(schema.get("items", {})) for _ in range(schema.get("minItems", 0))]
    candidates, _ = _candidates({"exists": True}, schema)
    return next((one for one in candidates if is_valid(schema, one)), None)


def _candidates(value: Any, schema: Schema) -> tuple[list[Any], bool]:
    """Return candidate values, and whether no other value can match if none of them does."""
    name, operand = split_condition(value)
    types = _types(schema)
    if choices := _choices(schema):
        return list(choices), True
    if name == "equals":
        return [operand], True
    if name in _TEXT_OPERATORS and "string" not in types:
        return [], True
    if name == "numeric":
        return _candidate_numbers(operand, schema), True
    if name in _TEXT_OPERATORS and name != "cidr":
        return _matching_texts([*strings.condition_regexes(name, operand)], schema)
    if name == "anything-but" and types == {"string"} and "pattern" in schema:
        excluded_values = operand if isinstance(operand, list) else [operand]
        patterns = [re.escape(one) for one in excluded_values if isinstance(one, str)]
        patterns += strings.condition_regexes(*split_condition(operand)) if isinstance(operand, dict) else []
        text = strings.shortest_difference(strings.to_full_match(schema["pattern"]), f"(?:{')|(?:'.join(patterns)})")
        return [] if text is None else [text], not {"minLength", "maxLength", "format"} & {*schema}
    if name == "cidr":
        return [str(operand).partition("/")[0]], "pattern" not in schema
    candidates = [one for kind in types for one in _SAMPLES.get(kind, [])]
    if "string" in types:
        candidates += _matching_texts([r"[\s\S]*"], schema)[0] + _matching_texts([r"[\s\S]+z", r"[\s\S]+9"], schema)[0]
    candidates += [number for bound in ("minimum", "maximum") if (number := schema.get(bound)) is not None]
    candidates += [schema["minimum"] + 1] if "minimum" in schema else []
    return candidates, False


def _matching_texts(expressions: Iterable[str], schema: Schema) -> tuple[list[Any], bool]:
    required = (strings.to_full_match(schema["pattern"]),) if "pattern" in schema else ()
    texts, is_exhaustive = [], "format" not in schema or bool(required)
    for expression in expressions:
        try:
            text = strings.shortest_match((expression, *required), schema.get("minLength", 0), schema.get("maxLength"))
        except UndecidedError:
            is_exhaustive = False
            continue
        if text is not None:
            texts.append(text)
    return texts, is_exhaustive


def _candidate_numbers(operand: Any, schema: Schema) -> list[Any]:
    """Return numbers around and between the bounds of the condition and the schema."""
    if not isinstance(operand, list):
        return []
    bounds = [one for one in operand[1::2] if isinstance(one, int | float) and not isinstance(one, bool)]
    bounds += [schema[key] for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if key in schema]
    nearby_numbers = {bound + step for bound in bounds for step in (0, 1, -1, 0.5, -0.5)}
    midpoints = {(a + b) / 2 for a in bounds for b in bounds}
    step = schema.get("multipleOf", 1)
    multiples = {round(one / step) * step for one in nearby_numbers | midpoints}
    return sorted({int(one) if float(one).is_integer() else one for one in nearby_numbers | midpoints | multiples})


def _types(schema: Schema) -> set[str]:
    if "type" in schema:
        return set(schema["type"]) if isinstance(schema["type"], list) else {schema["type"]}
    if choices := _choices(schema):
        names = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
        return {names.get(type(one), "object") for one in choices}
    if "properties" in schema or "patternProperties" in schema:
        return {"object"}
    return {"string", "number", "integer", "boolean", "null", "object", "array"}


def _choices(schema: Schema) -> list[Any]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", []))


def _type_text(types: set[str]) -> str:
    return " or ".join(_TYPE_NAMES.get(one, one) for one in sorted(types))


def _describe(schema: Schema) -> str:
    """Describe the values that a schema allows."""
    if "x-says" in schema:
        return str(schema["x-says"])
    if "pattern" in schema:
        return f"text that matches {schema['pattern']}"
    if "minimum" in schema or "maximum" in schema:
        return f"{_type_text(_types(schema))} from {schema.get('minimum', 'any')} to {schema.get('maximum', 'any')}"
    limit = f" of at most {schema['maxLength']} characters" if "maxLength" in schema else ""
    return f"{_type_text(_types(schema))}{limit}"


def suggestion(value: Any, choices: Sequence[Any]) -> str:
    """Return a "did you mean" hint; empty if no choice is similar."""
    names = [str(one) for one in choices]
    matches = difflib.get_close_matches(str(value), names, 1, 0.6) or [
        one for one in names if one.lower() == str(value).lower()
    ]
    return f"; did you mean {matches[0]}?" if matches and value is not None else ""


def _location_hint(schema: Schema, path: FieldPath) -> str:
    """Return a hint that names another field with the path's last key; empty if there is none."""
    paths = [".".join(one) for one in _all_paths(schema, ()) if one[-1] == path[-1]]
    return f"; {path[-1]} is at {paths[0]}" if paths else ""


def _all_paths(schema: Schema, path: FieldPath, depth_left: int = 6) -> Iterator[FieldPath]:
    item_schema = schema.get("items", schema) if isinstance(schema.get("items"), dict) else schema
    for name, field in item_schema.get("properties", {}).items():
        yield (*path, name)
        if depth_left:
            yield from _all_paths(field, (*path, name), depth_left - 1)


def _properties(schema: Schema) -> list[str]:
    item_schema = schema["items"] if isinstance(schema.get("items"), dict) else schema
    choices = [one for key in ("anyOf", "oneOf", "allOf") for one in item_schema.get(key, ())]
    return [*item_schema.get("properties", {}), *(name for one in choices for name in _properties(one))]


def _is_open(schema: Schema) -> bool:
    return "object" in _types(schema) and schema.get("additionalProperties") is not False


def _remove_combinators(schema: Schema) -> Schema:
    return {key: value for key, value in schema.items() if key not in ("anyOf", "oneOf", "allOf")}


def _make_value_question(kind: Kind, leaf: Leaf, value: Any) -> Question:
    """Return a question that asks whether the leaf matches a message with only this value."""
    body = value
    for part in reversed(leaf.path):
        body = {part: body}
    return _make_question(kind, leaf.pattern(), body)


def _make_question(kind: Kind, pattern: str, body: Any) -> Question:
    if kind == "attributes":
        return Question(kind, pattern, {}, {k: {"DataType": "String", "StringValue": v} for k, v in body.items()})
    return Question("record" if kind == "event" else kind, pattern, body)


def _set_value(body: Any, schema: Schema, path: FieldPath, value: Any) -> Any:
    """Return the body with a value at a path, creating missing objects on the path."""
    if isinstance(body, list) or (body is None and isinstance(schema.get("items"), dict)):
        items = schema.get("items", {})
        return [_set_value(body[0] if body else sample(items), items, path, value), *(body or [])[1:]]
    if not path:
        return value
    map_fields = schema.get("patternProperties", {}).items()
    field_schema: Schema = next((one for pattern, one in map_fields if re.search(pattern, path[0])), {})
    field_schema = schema.get("properties", {}).get(path[0], field_schema)
    owner = body if isinstance(body, Mapping) else sample({**schema, "type": "object"})
    current = owner.get(path[0])
    return {**owner, path[0]: _set_value(current, field_schema, path[1:], value)}


def _remove_field(body: Any, path: FieldPath) -> Any:
    if isinstance(body, list):
        return [_remove_field(one, path) for one in body]
    if not isinstance(body, Mapping) or path[0] not in body:
        return body
    others = {key: value for key, value in body.items() if key != path[0]}
    return others if len(path) == 1 else {**others, path[0]: _remove_field(body[path[0]], path[1:])}
