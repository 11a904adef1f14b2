from copy import deepcopy
from typing import Any

import jsonschema
import pytest

from dev.generate.contracts.draft4 import to_draft4
from dev.generate.contracts.subset import SubsetError
from tests.unit.dev.generate.contracts.schemas import NUMBER, WORD, closed, event

DAY = {"type": "string", "format": "date", "pattern": "^[0-9-]{10}$", "x-says": "a date"}
MOMENT = {"type": "string", "format": "date-time", "pattern": "^[0-9TZ:.-]{24}$", "x-says": "a time"}


def schema_with(**data: Any) -> dict[str, Any]:
    """A schema as it is after bundling."""
    schema = event(**data)
    identity = schema["properties"]["metadata"]["properties"]
    identity["event_type"]["enum"], identity["schema_version"]["enum"] = ["ThingDone"], [1]
    return schema


def test_dialect_and_annotations_change_when_a_schema_is_converted() -> None:
    words = WORD | {"$comment": "c", "description": "d", "title": "t"}

    converted = to_draft4(schema_with(words={"type": "array", "items": words, "maxItems": 2}, count=NUMBER))

    data = converted["properties"]["data"]["properties"]
    assert converted["$schema"] == "http://json-schema.org/draft-04/schema#"
    assert not [key for key in converted if key.startswith("x-")]
    assert data["count"] == NUMBER
    assert data["words"]["items"] == {"type": "string", "pattern": "^[a-z]{1,8}$", "description": "d", "title": "t"}
    jsonschema.Draft4Validator.check_schema(converted)


def test_format_is_left_out_when_draft_4_does_not_know_it() -> None:
    converted = to_draft4(schema_with(day=DAY, moment=MOMENT))

    data = converted["properties"]["data"]["properties"]
    assert "format" not in data["day"]
    assert data["moment"]["format"] == "date-time"


def test_source_is_unchanged_when_it_is_converted() -> None:
    schema = schema_with(word=WORD)
    before = deepcopy(schema)

    to_draft4(schema)

    assert schema == before


def test_error_names_the_event_when_a_schema_cannot_be_converted() -> None:
    with pytest.raises(SubsetError, match="ThingDone/properties/data/properties/one: const cannot be used"):
        to_draft4(schema_with(one=NUMBER | {"const": 1}))


def test_nested_conversion_is_complete_when_maps_and_lists_hold_objects() -> None:
    inner = closed(word=WORD)
    by_word = {
        "type": "object",
        "additionalProperties": False,
        "maxProperties": 2,
        "patternProperties": {"^[a-z]{1,8}$": inner},
        "x-says": "a map",
    }

    converted = to_draft4(schema_with(by_word=by_word))

    assert "x-says" not in str(converted)
