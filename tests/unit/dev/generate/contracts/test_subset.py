from typing import Any

import pytest

from dev.generate.contracts import subset
from dev.generate.contracts.subset import SchemaError
from tests.unit.dev.generate.contracts.schemas import DAY, MAP, NUMBER, WORD, object_schema

NUMBERS = {"type": "array", "items": NUMBER, "maxItems": 2}
OPEN_OBJECT_ERROR = "must have additionalProperties false"
INVALID_NAME_ERROR = "must be in snake_case and not a Python keyword"
DRAFT4_ERROR = "must not be used; in Draft 4 this keyword is a boolean"
UNSUPPORTED_KEYWORDS: dict[str, Any] = {"oneOf": [], "default": 1, "$schema": "x"}
UNPORTABLE_PATTERNS = (r"^\d$", r"^\w$", r"^[\s]$", "^(?i)a$", "^a(?=b)$", r"^a\Z$")


def rejection(schema: Any) -> str:
    with pytest.raises(SchemaError) as error_info:
        subset.check(object_schema(field=schema), "Thing")
    return str(error_info.value)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (NUMBER | {"const": 1}, "const must not be used; use `enum` with one value"),
        *((NUMBER | {f"exclusive{one}": 0}, f"exclusive{one} {DRAFT4_ERROR}") for one in ("Minimum", "Maximum")),
        (NUMBER | {"if": {}}, "if must not be used; implement the rule in lambdas/contracts/rules.py"),
        (NUMBER | {"not": {}}, "not must not be used; use only keywords"),
        *((NUMBER | {key: value}, f"{key} must not be used") for key, value in UNSUPPORTED_KEYWORDS.items()),
        (MAP | {"propertyNames": {}}, "propertyNames must not be used; Draft 4 has no keyword `propertyNames`"),
        *((NUMBERS | {key: {}}, f"{key} must not be used") for key in ("contains", "uniqueItems")),
    ],
)
def test_error_names_an_unsupported_keyword(schema: Any, message: str) -> None:
    assert f"Thing/properties/field: {message}" in rejection(schema)


@pytest.mark.parametrize(
    ("schema", "missing"),
    [
        ({"type": "integer", "minimum": 1}, "maximum"),
        ({"type": "integer", "maximum": 1}, "minimum"),
        ({"type": "string"}, "maxLength"),
        *((WORD | {"pattern": f"^[a-z]{times}$"}, "maxLength") for times in ("+", "*", "{1,}")),
        ({"type": "array", "items": NUMBER}, "maxItems"),
        ({"type": "array", "maxItems": 2}, "items"),
        ({key: value for key, value in MAP.items() if key != "maxProperties"}, "maxProperties"),
    ],
)
def test_value_without_a_limited_size_is_rejected(schema: Any, missing: str) -> None:
    assert f"{missing} is missing; every value must have a limited size" in rejection(schema)


def test_error_has_the_path_of_a_nested_violation() -> None:
    schema = {"type": "array", "maxItems": 2, "items": MAP | {"patternProperties": {"^a$": {"type": "string"}}}}

    assert rejection(schema).startswith("Thing/properties/field/items/patternProperties/^a$: maxLength is missing")


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (True, "must be an object; boolean schemas are not in Draft 4"),
        ({}, "type must be one of"),
        *(({"type": one}, "type must be one of") for one in ("number", ["string", "integer"], [])),
        *((NUMBER | {"enum": one}, "every value of enum must have the type") for one in (["1"], [1, True])),
        *(({"type": one, "properties": {}}, OPEN_OBJECT_ERROR) for one in ("object", ["object", "null"])),
        *((object_schema() | {"additionalProperties": one}, OPEN_OBJECT_ERROR) for one in (True, WORD)),
        ({"type": "object", "additionalProperties": False}, "must have either properties or"),
        (MAP | {"properties": {}}, "must have either properties or"),
        (object_schema(word=WORD) | {"required": ["word", "wrod"]}, "required must list only properties; got wrod"),
        *((WORD | {"pattern": pattern}, "not escapes like") for pattern in UNPORTABLE_PATTERNS),
        *((WORD | {"pattern": pattern}, "must start with ^") for pattern in ("[a-z]", "^[a-z]", "[a-z]$")),
        ({"type": "string", "pattern": "^a$"}, "must have x-says"),
        ({"type": "string", "pattern": "^[0-9-]{10}$", "format": "date"}, "must have x-says"),
        ({key: value for key, value in MAP.items() if key != "x-says"}, "must have x-says"),
        (DAY | {"format": "email"}, "format must be date or date-time"),
        ({"type": "string", "format": "date", "maxLength": 10, "x-says": "a date"}, "the schema must have a pattern"),
        (WORD | {"pattern": "^[a-z$"}, "the pattern is not a valid regular expression"),
        ({"type": "string", "enum": []}, "enum must have at least one value"),
        ({"type": "string", "enum": ["a", "a"]}, "and no duplicates"),
        (NUMBER | {"minimum": 10}, "minimum must be at most maximum"),
        (NUMBER | {"minimum": 0.5}, "must be whole numbers"),
        ({"type": "string", "minLength": 3, "maxLength": 2}, "minLength must be at most maxLength"),
        ({"type": "array", "items": NUMBER, "minItems": 3, "maxItems": 2}, "minItems must be at most maxItems"),
        (MAP | {"minProperties": 6}, "minProperties must be at most maxProperties"),
        (MAP | {"patternProperties": {"^a$": NUMBER, "^b$": NUMBER}}, "one key pattern"),
        *((object_schema(**{one: WORD}), f"{one} {INVALID_NAME_ERROR}") for one in ("ship-to", "class", "orderId")),
    ],
)
def test_unsupported_schema_is_rejected(schema: Any, message: str) -> None:
    assert message in rejection(schema)
