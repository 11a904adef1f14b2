"""The subset of JSON Schema Draft 7 for contracts: the keywords that have the same meaning in Draft 4, the draft of the
EventBridge schema registry, and that the validators, types and catalog support.

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
    "const": "use `enum` with one value",
    "exclusiveMinimum": "in Draft 4 this keyword is a boolean; use `minimum`",
    "exclusiveMaximum": "in Draft 4 this keyword is a boolean; use `maximum`",
    "if": "implement the rule in lambdas/contracts/rules.py",
    "then": "implement the rule in lambdas/contracts/rules.py",
    "else": "implement the rule in lambdas/contracts/rules.py",
    "oneOf": "use only `anyOf` with one schema and `null`",
    "anyOf": "use only `anyOf` with one schema and `null`",
    "uniqueItems": "implement the rule in lambdas/contracts/rules.py",
    "contains": "Draft 4 has no keyword `contains`; implement the rule in lambdas/contracts/rules.py",
    "propertyNames": "Draft 4 has no keyword `propertyNames`; use `patternProperties`",
    "examples": "Draft 4 has no keyword `examples`; put examples into files in lambdas/contracts/examples",
    "default": "validators do not set defaults, so the field would stay absent",
}
_TYPES: Final = frozenset({"object", "array", "string", "integer", "boolean", "null"})
# Not portable: \d, \w and \s match other alphabets in Python but not in ECMA 262, which lacks \Z and (?i).
_UNPORTABLE_PATTERN: Final = re.compile(r"\\[dDwWsSbBAZ]|\(\?")
_UNBOUNDED_PATTERN: Final = re.compile(r"[*+]|,\}")
_FORMATS: Final = frozenset({"date", "date-time"})
_FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
_BOUNDS: Final = (("minimum", "maximum"), *((f"min{kind}", f"max{kind}") for kind in ("Length", "Items", "Properties")))


class SchemaError(ValueError):
    """Raised for an invalid contract, such as one outside this subset; the message says where and what is wrong."""


def check(schema: Schema, location: str) -> None:
    """Raise SchemaError unless the schema, with its references inlined, is within the subset."""
    for path, subschema in subschemas(schema, location):
        if not isinstance(subschema, dict):
            raise SchemaError(f"{path}: must be an object; boolean schemas are not in Draft 4")
        for name in subschema:
            _check_keyword(name, path)
        _check_type(subschema, path)
        _check_patterns(subschema, path)
        _check_object(subschema, path)
        _check_bounds(subschema, path)


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
        hint = _HINTS.get(name, "use only keywords that convert to Draft 4")
        raise SchemaError(f"{path}: {name} must not be used; {hint}")


def _check_type(schema: Schema, path: str) -> None:
    types = schema.get("type")
    names = types if isinstance(types, list) else [types]
    if not names or not set(names) <= _TYPES or (len(names) > 1 and names[1:] != ["null"]):
        raise SchemaError(f'{path}: type must be one of {", ".join(sorted(_TYPES))}, or [type, "null"]')
    if "enum" in schema and not set(map(_type_name, schema["enum"])) <= set(names):
        raise SchemaError(f"{path}: every value of enum must have the type of the field")
    if "enum" in schema and (not schema["enum"] or len(set(schema["enum"])) < len(schema["enum"])):
        raise SchemaError(f"{path}: enum must have at least one value and no duplicates")


def _check_patterns(schema: Schema, path: str) -> None:
    for pattern in [*([schema["pattern"]] if "pattern" in schema else []), *schema.get("patternProperties", {})]:
        if _UNPORTABLE_PATTERN.search(pattern):
            raise SchemaError(f"{path}: the pattern must use classes like [0-9], not escapes like \\d or groups (?...)")
        if not (pattern.startswith("^") and pattern.endswith("$")):
            raise SchemaError(f"{path}: the pattern must start with ^ and end with $")
        try:
            re.compile(pattern)
        except re.error as error:
            raise SchemaError(f"{path}: the pattern is not a valid regular expression: {error}") from None
    if "format" in schema and ("pattern" not in schema or schema["format"] not in _FORMATS):
        raise SchemaError(f"{path}: format must be date or date-time, and the schema must have a pattern")
    if {"pattern", "format", "patternProperties"} & schema.keys() and "x-says" not in schema:
        raise SchemaError(f"{path}: a pattern must have x-says, which completes 'must be ...' in messages")


def _check_object(schema: Schema, path: str) -> None:
    if not _allows_type(schema, "object"):
        return
    if schema.get("additionalProperties") is not False:
        raise SchemaError(f"{path}: an object must have additionalProperties false, so all its fields are declared")
    if ("properties" in schema) == ("patternProperties" in schema):
        raise SchemaError(f"{path}: an object must have either properties or, if it is a map, patternProperties")
    if "patternProperties" in schema and len(schema["patternProperties"]) != 1:
        raise SchemaError(f"{path}: a map must have exactly one key pattern")
    for name in schema.get("properties", {}):
        if not _FIELD_NAME.fullmatch(name) or keyword.iskeyword(name):
            raise SchemaError(f"{path}: {name} must be in snake_case and not a Python keyword")
    if undeclared_names := [name for name in schema.get("required", []) if name not in schema.get("properties", {})]:
        raise SchemaError(f"{path}: required must list only properties; got {undeclared_names[0]}")


def _check_bounds(schema: Schema, path: str) -> None:
    """Check that every value has the keywords that limit its size, so that the size of events is limited."""
    required: dict[str, tuple[str, ...]] = {"integer": ("minimum", "maximum"), "array": ("items", "maxItems")}
    if "patternProperties" in schema:
        required["object"] = ("maxProperties",)
    if "pattern" not in schema or _UNBOUNDED_PATTERN.search(schema["pattern"]):
        required["string"] = ("maxLength",)
    for type_name, keywords in required.items():
        if _allows_type(schema, type_name) and "enum" not in schema:
            for name in keywords:
                if name not in schema:
                    raise SchemaError(f"{path}: {name} is missing; every value must have a limited size")
    for lower, upper in _BOUNDS:
        bounds = [schema[name] for name in (lower, upper) if name in schema]
        if any(type(bound) is not int for bound in bounds):
            raise SchemaError(f"{path}: {lower} and {upper} must be whole numbers")
        if bounds != sorted(bounds):
            raise SchemaError(f"{path}: {lower} must be at most {upper}")


def _allows_type(schema: Schema, type_name: str) -> bool:
    types = schema["type"]
    return type_name in types if isinstance(types, list) else bool(type_name == types)


def _type_name(value: object) -> str:
    names = {str: "string", int: "integer", bool: "boolean", type(None): "null"}
    return names.get(type(value), "unknown")


DIALECT: Final = "http://json-schema.org/draft-04/schema#"
_DRAFT4_FORMATS: Final = frozenset({"date-time", "email", "hostname", "ipv4", "ipv6", "uri"})
_CHILD_GROUPS: Final = ("properties", "patternProperties")


def to_draft4(schema: Schema) -> Schema:
    """Convert a schema to Draft 4. Raises SchemaError if the schema is outside the subset."""
    check(schema, schema.get("title", "schema"))
    return {"$schema": DIALECT} | _convert(schema)


def _convert(schema: Schema) -> Schema:
    result: Schema = {}
    for name, value in schema.items():
        if name in ("$schema", "$comment") or name.startswith("x-"):
            continue
        if name == "format" and value not in _DRAFT4_FORMATS:
            continue
        result[name] = _convert_value(name, value)
    return result


def _convert_value(name: str, value: Any) -> Any:
    if name in _CHILD_GROUPS:
        return {key: _convert(child) for key, child in value.items()}
    return _convert(value) if name == "items" else value
