"""Schemas small enough to be read in a test."""

import json
from pathlib import Path
from typing import Any

NUMBER = {"type": "integer", "minimum": 0, "maximum": 9}
WORD = {"type": "string", "pattern": "^[a-z]{1,8}$", "x-says": "a short word"}


def closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": properties,
    }


def event(**data: Any) -> dict[str, Any]:
    """The schema file of a made-up event with this data."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "ThingDone",
        "description": "Something happened.",
        "x-carrier": "bus",
        "x-producers": ["maker"],
        "x-consumers": ["taker"],
    } | closed(metadata=closed(event_type={"type": "string"}, schema_version={"type": "integer"}), data=closed(**data))


def write(folder: Path, **documents: Any) -> Path:
    """Writes documents as <name>.v1.json and returns the folder."""
    for name, document in documents.items():
        (folder / f"{name}.v1.json").write_text(json.dumps(document), encoding="utf-8")
    return folder
