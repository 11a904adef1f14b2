"""Reads the schemas and makes each self-contained, with references inlined and event type and version fixed."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import jsonschema

from dev.generate.contracts import subset
from dev.generate.contracts.subset import Schema, SchemaError

_CONTRACT_FILE_NAME: Final = re.compile(r"(?P<type>[A-Z][A-Za-z]+)\.v(?P<version>[1-9][0-9]*)\.json")
_SHARED_FILE_NAME: Final = re.compile(r"common\.v(?P<version>[1-9][0-9]*)\.json")
_KEYS_ALLOWED_BESIDE_REF: Final = subset.ANNOTATIONS | {"$ref"}


@dataclass(frozen=True)
class Contract:
    """The contract of one version of an event type; its schema has no references."""

    event_type: str
    version: int
    schema: Schema

    @property
    def name(self) -> str:
        """The name of the contract and its files, such as `OrderPlaced.v1`."""
        return f"{self.event_type}.v{self.version}"

    @property
    def module(self) -> str:
        """The name of the generated module, such as `order_placed_v1`."""
        return f"{to_snake_case(self.event_type)}_v{self.version}"

    @property
    def data(self) -> Schema:
        """The schema of the event's data."""
        data: Schema = self.schema["properties"]["data"]
        return data


def to_snake_case(name: str) -> str:
    """Convert `OrderPlaced` to `order_placed`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def load_contracts(folder: Path) -> list[Contract]:
    """Load the contracts of a folder, sorted by type and version. Raises SchemaError for an invalid schema."""
    documents = _documents(folder)
    contracts = []
    for name, document in documents.items():
        if match := _CONTRACT_FILE_NAME.fullmatch(name):
            contracts.append(_contract(match["type"], int(match["version"]), document, name, documents))
        elif not _SHARED_FILE_NAME.fullmatch(name):
            raise SchemaError(f"{name}: the name of a schema file must be <Type>.v<N>.json or common.v<N>.json")
    return sorted(contracts, key=lambda contract: (contract.event_type, contract.version))


def shared_definitions(folder: Path) -> dict[str, Schema]:
    """Return the shared definitions by name, with references inlined; later versions have a suffix such as `_v2`."""
    documents = _documents(folder)
    definitions: dict[str, Schema] = {}
    for file_name, document in documents.items():
        if match := _SHARED_FILE_NAME.fullmatch(file_name):
            suffix = "" if match["version"] == "1" else f"_v{match['version']}"
            for name, schema in document["definitions"].items():
                definitions[name + suffix] = _inline(schema, file_name, f"{file_name}/{name}", documents)
    return definitions


def read_json(path: Path) -> Any:
    """Read a JSON file. Raises SchemaError, which names the file, if its content is not JSON."""
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise SchemaError(f"{path.name} is not JSON: {error}") from None


def _documents(folder: Path) -> dict[str, Any]:
    return {path.name: _schema(path) for path in sorted(folder.glob("*.json"))}


def _schema(path: Path) -> Schema:
    schema = read_json(path)
    try:
        jsonschema.Draft7Validator.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise SchemaError(f"{path.name}: {error.json_path}: {error.message}") from None
    return cast(Schema, schema)


def _contract(event_type: str, version: int, document: Schema, file: str, documents: dict[str, Any]) -> Contract:
    if document.get("title") != event_type:
        raise SchemaError(f"{file}: title must be {event_type}; got {document.get('title')}")
    schema = _inline(document, file, file, documents)
    try:
        identity = schema["properties"]["metadata"]["properties"]
        identity["event_type"]["enum"] = [event_type]
        identity["schema_version"]["enum"] = [version]
    except KeyError as error:
        raise SchemaError(f"{file}: properties.metadata must have event_type and schema_version") from error
    subset.check(schema, file)
    return Contract(event_type, version, schema)


def _inline(node: Any, file: str, location: str, documents: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, file, location, documents) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node and isinstance(node["$ref"], str):
        return _resolve_reference(node, file, location, documents)
    inlined_schema = {key: _inline(value, file, f"{location}/{key}", documents) for key, value in node.items()}
    return _merge_null(inlined_schema, location) if isinstance(inlined_schema.get("anyOf"), list) else inlined_schema


def _resolve_reference(node: Schema, file: str, location: str, documents: dict[str, Any]) -> Schema:
    # Draft 7 ignores keywords next to a reference, so only annotations may be there.
    if misplaced_names := [key for key in node if key not in _KEYS_ALLOWED_BESIDE_REF and not key.startswith("x-")]:
        raise SchemaError(f"{location}: {misplaced_names[0]} must not be beside $ref, where it has no effect")
    target_file, _, definition = node["$ref"].partition("#/definitions/")
    target_file = target_file or file
    try:
        target = documents[target_file]["definitions"][definition]
    except KeyError:
        raise SchemaError(f"{location}: {node['$ref']} does not exist") from None
    inlined_schema: Schema = _inline(target, target_file, f"{target_file}/{definition}", documents)
    return inlined_schema | {key: value for key, value in node.items() if key != "$ref"}


def _merge_null(node: Schema, location: str) -> Schema:
    """Merge anyOf with a schema and null into one schema with two types, so that errors name the field."""
    choices = [choice for choice in node["anyOf"] if choice != {"type": "null"}]
    if len(node["anyOf"]) != 2 or len(choices) != 1 or not isinstance(choices[0].get("type"), str):
        raise SchemaError(f"{location}: only anyOf with one schema and null is supported")
    schema = choices[0] | {key: value for key, value in node.items() if key != "anyOf"}
    schema["type"] = [choices[0]["type"], "null"]
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return cast(Schema, schema)
