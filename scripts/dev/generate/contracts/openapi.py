"""The storefront's OpenAPI document: the hand-written part, completed with the components that contracts define."""

from collections.abc import Iterator
from typing import Any, Final

from dev.generate.contracts.subset import Schema, SubsetError

_PREFIX: Final = "#/components/schemas/"


def completed(written: dict[str, Any], known: dict[str, Schema]) -> dict[str, Any]:
    """The document with every component that it refers to and does not define itself; known are those of the contracts.

    Raises SubsetError for a component that neither has.
    """
    components = written["components"]["schemas"]
    needed = sorted({name for name in _referenced(written) if name not in components})
    if unknown := [name for name in needed if name not in known]:
        raise SubsetError(f"openapi.yaml refers to {_PREFIX}{unknown[0]}, which neither it nor a contract defines")
    schemas = components | {name: converted(known[name]) for name in needed}
    return written | {"components": written["components"] | {"schemas": schemas}}


def component_name(definition: str) -> str:
    """order_id -> OrderId."""
    return definition.title().replace("_", "")


def converted(schema: Schema) -> Schema:
    """A contract's schema in OpenAPI 3.1, with what completes "must be" as description."""
    result = {
        key: _value(key, value)
        for key, value in schema.items()
        if not key.startswith("x-") and key not in ("title", "$comment", "type")
    }
    if "description" not in result and "x-says" in schema:
        result["description"] = f"{schema['x-says'][0].upper()}{schema['x-says'][1:]}."
    return {"type": schema["type"]} | result


def sent_example(schema: Schema, data: Any) -> Any:
    """What of an event's data a client had to send, by the schema of its request."""
    if isinstance(data, list):
        return [sent_example(schema["items"], item) for item in data]
    if not isinstance(data, dict):
        return data
    fields = schema["properties"]
    return {name: sent_example(fields[name], value) for name, value in data.items() if name in fields}


def _value(key: str, value: Any) -> Any:
    if key == "properties":
        return {name: converted(child) for name, child in value.items()}
    return converted(value) if key == "items" else value


def _referenced(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str) and value.startswith(_PREFIX):
                yield value.removeprefix(_PREFIX)
            else:
                yield from _referenced(value)
    elif isinstance(node, list):
        for item in node:
            yield from _referenced(item)
