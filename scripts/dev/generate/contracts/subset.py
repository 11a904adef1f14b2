"""The subset of JSON Schema draft-07 allowed in contracts: what has the same meaning in Draft-4, the dialect of the
EventBridge schema registry, and can be expressed by the validators, types and catalog.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-schema-create.html"""

import keyword
import re
from collections.abc import Iterator
from typing import Any, Final

Schema = dict[str, Any]

ANNOTATIONS: Final = frozenset({"title", "description", "$comment"})
_ASSERTIONS: Final = frozenset(
    {
        "type", "enum", "required", "properties", "patternProperties", "additionalProperties",
        "minProperties", "maxProperties", "items", "minItems", "maxItems",
        "minLength", "maxLength", "pattern", "format", "minimum", "maximum",
    }
)  # fmt: skip
_HINTS: Final = {
    "const": "write enum with one value",
    "exclusiveMinimum": "it is a boolean in Draft-4; write minimum",
    "exclusiveMaximum": "it is a boolean in Draft-4; write maximum",
    "if": "check it in contracts/rules.py",
    "then": "check it in contracts/rules.py",
    "else": "check it in contracts/rules.py",
    "oneOf": "only anyOf of a schema and null is supported",
    "anyOf": "only anyOf of a schema and null is supported",
    "uniqueItems": "check it in contracts/rules.py",
    "contains": "Draft-4 does not define it; check it in contracts/rules.py",
    "propertyNames": "Draft-4 does not define it; write patternProperties",
    "examples": "Draft-4 does not define it; put examples beside the schemas",
    "default": "validators do not set defaults, so the field would stay absent",
}
_TYPES: Final = frozenset({"object", "array", "string", "integer", "boolean", "null"})
# Not portable: \d, \w and \s match other alphabets in Python but not in ECMA 262; only one of them has \Z and (?...).
_UNPORTABLE_PATTERN: Final = re.compile(r"\\[dDwWsSbBAZ]|\(\?")
_UNBOUNDED_PATTERN: Final = re.compile(r"[*+]|,\}")
_FORMATS: Final = frozenset({"date", "date-time"})
_FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_BOUNDS: Final = (("minimum", "maximum"), *((f"min{size}", f"max{size}") for size in ("Length", "Items", "Properties")))


class SubsetError(ValueError):
    """Raised for a schema outside this subset; the message says where, and what to write instead."""


def check(schema: Schema, location: str) -> None:
    """Raise SubsetError unless the schema, with its references inlined, is within the subset."""
    for path, part in subschemas(schema, location):
        if not isinstance(part, dict):
            raise SubsetError(f"{path}: must be an object; boolean schemas are not in Draft-4")
        for name in part:
            _check_keyword(name, path)
        _check_type(part, path)
        _check_patterns(part, path)
        _check_closed(part, path)
        _check_bounds(part, path)


def subschemas(schema: Any, location: str) -> Iterator[tuple[str, Any]]:
    """Yield the schema and every subschema with their paths. The caller must stop at one that is not an object."""
    yield location, schema
    for group in ("properties", "patternProperties"):
        for name, child in schema.get(group, {}).items():
            yield from subschemas(child, f"{location}/{group}/{name}")
    if "items" in schema:
        yield from subschemas(schema["items"], f"{location}/items")


def _check_keyword(name: str, path: str) -> None:
    is_known = name in ANNOTATIONS or name in _ASSERTIONS or name.startswith("x-")
    if not is_known and not (name == "$schema" and "/" not in path):
        hint = _HINTS.get(name, "it is not part of the subset that converts to Draft-4")
        raise SubsetError(f"{path}: {name} cannot be used: {hint}")


def _check_type(part: Schema, path: str) -> None:
    types = part.get("type")
    names = types if isinstance(types, list) else [types]
    if not names or not set(names) <= _TYPES or (len(names) > 1 and names[1:] != ["null"]):
        raise SubsetError(f"{path}: type must be one of {', '.join(sorted(_TYPES))}, or anyOf with null")
    if "enum" in part and not set(map(_type_name, part["enum"])) <= set(names):
        raise SubsetError(f"{path}: every value of enum must have the type of the field")
    if "enum" in part and (not part["enum"] or len(set(part["enum"])) < len(part["enum"])):
        raise SubsetError(f"{path}: enum must have at least one value, and no duplicates")


def _check_patterns(part: Schema, path: str) -> None:
    for pattern in [*([part["pattern"]] if "pattern" in part else []), *part.get("patternProperties", {})]:
        if _UNPORTABLE_PATTERN.search(pattern):
            raise SubsetError(f"{path}: the pattern must not use syntax specific to Python; list the characters")
        if not (pattern.startswith("^") and pattern.endswith("$")):
            raise SubsetError(f"{path}: the pattern must start with ^ and end with $")
        try:
            re.compile(pattern)
        except re.error as error:
            raise SubsetError(f"{path}: the pattern is not a regular expression: {error}") from None
    if "format" in part and ("pattern" not in part or part["format"] not in _FORMATS):
        raise SubsetError(f"{path}: format must be date or date-time, and needs a pattern beside it")
    if {"pattern", "format", "patternProperties"} & part.keys() and "x-says" not in part:
        raise SubsetError(f"{path}: a pattern must have x-says, which completes 'must be ...' in messages")


def _check_closed(part: Schema, path: str) -> None:
    if not _allows_type(part, "object"):
        return
    if part.get("additionalProperties") is not False:
        raise SubsetError(f"{path}: an object must have additionalProperties false, so all its fields are declared")
    if ("properties" in part) == ("patternProperties" in part):
        raise SubsetError(f"{path}: an object must have either properties or, if it is a map, patternProperties")
    if "patternProperties" in part and len(part["patternProperties"]) != 1:
        raise SubsetError(f"{path}: a map must have exactly one pattern of keys")
    for name in part.get("properties", {}):
        if not _FIELD_NAME.fullmatch(name) or keyword.iskeyword(name):
            raise SubsetError(f"{path}: {name} must be in snake_case and not a Python keyword")
    if undeclared := [name for name in part.get("required", []) if name not in part.get("properties", {})]:
        raise SubsetError(f"{path}: required must list only properties; got {undeclared[0]}")


def _check_bounds(part: Schema, path: str) -> None:
    """Check that every value has a maximum size, which limits the size of an event."""
    required: dict[str, tuple[str, ...]] = {"integer": ("minimum", "maximum"), "array": ("items", "maxItems")}
    if "patternProperties" in part:
        required["object"] = ("maxProperties",)
    if "pattern" not in part or _UNBOUNDED_PATTERN.search(part["pattern"]):
        required["string"] = ("maxLength",)
    for type_name, keywords in required.items():
        if _allows_type(part, type_name) and "enum" not in part:
            for name in keywords:
                if name not in part:
                    raise SubsetError(f"{path}: {name} is missing; every value must have a maximum size")
    for lower, upper in _BOUNDS:
        bounds = [part[name] for name in (lower, upper) if name in part]
        if any(type(bound) is not int for bound in bounds):
            raise SubsetError(f"{path}: {lower} and {upper} must be whole numbers")
        if bounds != sorted(bounds):
            raise SubsetError(f"{path}: {lower} must be at most {upper}")


def _allows_type(part: Schema, type_name: str) -> bool:
    types = part["type"]
    return type_name in types if isinstance(types, list) else bool(type_name == types)


def _type_name(value: object) -> str:
    names = {str: "string", int: "integer", bool: "boolean", type(None): "null"}
    return names.get(type(value), "unknown")


DIALECT: Final = "http://json-schema.org/draft-04/schema#"
_DRAFT4_FORMATS: Final = frozenset({"date-time", "email", "hostname", "ipv4", "ipv6", "uri"})
_CHILD_GROUPS: Final = ("properties", "patternProperties")


def to_draft4(schema: Schema) -> Schema:
    """Convert a schema to Draft-4. Raises SubsetError on keywords that Draft-4 lacks or defines differently."""
    check(schema, schema.get("title", "schema"))
    return {"$schema": DIALECT} | _converted(schema)


def _converted(schema: Schema) -> Schema:
    converted: Schema = {}
    for name, value in schema.items():
        if name in ("$schema", "$comment") or name.startswith("x-"):
            continue
        if name == "format" and value not in _DRAFT4_FORMATS:
            continue
        converted[name] = _value(name, value)
    return converted


def _value(name: str, value: Any) -> Any:
    if name in _CHILD_GROUPS:
        return {key: _converted(child) for key, child in value.items()}
    return _converted(value) if name == "items" else value
