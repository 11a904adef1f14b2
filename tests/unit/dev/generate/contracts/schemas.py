"""Small schemas for tests."""

import json
from pathlib import Path
from typing import Any

NUMBER = {"type": "integer", "minimum": 0, "maximum": 9}
WORD = {"type": "string", "pattern": "^[a-z]{1,8}$", "x-says": "a short word"}
DAY = {"type": "string", "format": "date", "pattern": "^20[0-9]{2}-0[1-9]-1[0-9]$", "x-says": "a date"}
MAP = {
    "type": "object",
    "additionalProperties": False,
    "maxProperties": 5,
    "patternProperties": {"^[a-z]{1,8}$": NUMBER},
    "x-says": "a map of words",
}


def object_schema(**properties: Any) -> dict[str, Any]:
    """Return the schema of an object with exactly these fields."""
    return {"type": "object", "additionalProperties": False, "required": sorted(properties), "properties": properties}


KINDS: dict[str, Any] = {
    "whole number": NUMBER,
    "listed number": {"type": "integer", "enum": [3, 5]},
    "flag": {"type": "boolean"},
    "flag with one value": {"type": "boolean", "enum": [True]},
    "null": {"type": "null"},
    "text with a pattern": WORD,
    "text with a maximum length": {"type": "string", "maxLength": 40},
    "text with a minimum and a maximum length": {"type": "string", "minLength": 1, "maxLength": 40},
    "text with a pattern and lengths": WORD | {"pattern": "^[a-z]+$", "minLength": 2, "maxLength": 4},
    "listed text": {"type": "string", "enum": ["a", "b"]},
    "date": DAY,
    "list": {"type": "array", "items": WORD, "maxItems": 3},
    "list with both bounds": {"type": "array", "items": NUMBER, "minItems": 7, "maxItems": 9},
    "list of lists": {"type": "array", "maxItems": 2, "items": {"type": "array", "items": NUMBER, "maxItems": 2}},
    "map": MAP,
    "map with both bounds": MAP | {"minProperties": 3},
    "map of objects": MAP | {"patternProperties": {"^[a-z]{1,8}$": object_schema(n=NUMBER)}},
    "object": object_schema(word=WORD),
    "object with optional fields": {"type": "object", "additionalProperties": False, "properties": {"word": WORD}},
    "object without fields": object_schema(),
    "annotated": {"type": "string", "maxLength": 9, "title": "T", "description": "d", "$comment": "c", "x-any": 1},
}
"""Every kind of field that the subset accepts; each may be null as well."""


def event(**data: Any) -> dict[str, Any]:
    """Return the schema of a fictitious event with the given data."""
    metadata = object_schema(event_type={"type": "string"}, schema_version={"type": "integer"})
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "ThingDone",
        "description": "Something happened.",
        "x-carrier": "bus",
        "x-producers": ["maker"],
        "x-consumers": ["taker"],
    } | object_schema(metadata=metadata, data=object_schema(**data))


def write(folder: Path, **documents: Any) -> Path:
    """Write documents as <name>.v1.json and return the folder."""
    for name, document in documents.items():
        (folder / f"{name}.v1.json").write_text(json.dumps(document), encoding="utf-8")
    return folder
