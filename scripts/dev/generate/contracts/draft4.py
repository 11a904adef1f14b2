"""The schema of a contract in the dialect of the EventBridge schema registry (JSONSchemaDraft4)."""

from typing import Any, Final

from dev.generate.contracts import subset
from dev.generate.contracts.subset import Schema

DIALECT: Final = "http://json-schema.org/draft-04/schema#"
_FORMATS: Final = frozenset({"date-time", "email", "hostname", "ipv4", "ipv6", "uri"})
_CHILDREN: Final = ("properties", "patternProperties")


def to_draft4(schema: Schema) -> Schema:
    """The same schema in Draft-4. Raises SubsetError on what Draft-4 has not, or has with another meaning."""
    subset.check(schema, schema.get("title", "schema"))
    return {"$schema": DIALECT} | _converted(schema)


def _converted(schema: Schema) -> Schema:
    converted: Schema = {}
    for keyword, value in schema.items():
        if keyword in ("$schema", "$comment") or keyword.startswith("x-"):
            continue
        if keyword == "format" and value not in _FORMATS:
            continue
        converted[keyword] = _value(keyword, value)
    return converted


def _value(keyword: str, value: Any) -> Any:
    if keyword in _CHILDREN:
        return {name: _converted(child) for name, child in value.items()}
    return _converted(value) if keyword == "items" else value
