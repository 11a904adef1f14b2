"""Published messages: those of contracts (JSON Schemas with examples), and single events without a contract."""

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

from orderflow_cli import UserError

type Schema = dict[str, Any]
type MessageCarrier = Literal["bus", "topic", "stream"]  # the kind of AWS resource that carries a message

_CONTRACT_NAME: Final = re.compile(r"(?P<type>.+)\.v(?P<version>[1-9][0-9]*)")
_SHARED_SCHEMA_NAME: Final = re.compile(r"common\.v[1-9][0-9]*")
_SAMPLE_TIME: Final = "2026-03-01T09:30:00Z"
_SAMPLE_ID: Final = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Message:
    """An event on a bus, a message on a topic with its attributes (DataType and StringValue, as in SNS), or a record of
    a table's stream."""

    name: str
    carrier: MessageCarrier
    body: Any
    attributes: Mapping[str, Any] = field(default_factory=dict)
    contract: str = ""


def event(source: str, detail_type: str, detail: Mapping[str, Any], *, name: str = "", **envelope: Any) -> Message:
    """Return an event in the form that rules match; `envelope` overrides fields such as account and region."""
    base = {"version": "0", "id": _SAMPLE_ID, "detail-type": detail_type, "source": source, "account": "000000000000"}
    body = {**base, "time": _SAMPLE_TIME, "region": "eu-west-1", "resources": [], "detail": dict(detail), **envelope}
    return Message(name or detail_type, "bus", body)


def message(body: Mapping[str, Any], attributes: Mapping[str, str] | None = None, *, name: str = "message") -> Message:
    """Return a message on a topic, with attributes of type String."""
    sns_attributes = {key: {"DataType": "String", "StringValue": value} for key, value in (attributes or {}).items()}
    return Message(name, "topic", dict(body), sns_attributes)


@dataclass(frozen=True)
class Contract:
    """One version of an event type. `schema` is the schema of an event's detail, or of a topic's message."""

    event_type: str
    version: int
    carrier: MessageCarrier
    schema: Schema
    file: Path
    sources: tuple[str, ...] = ()
    producers: tuple[str, ...] = ()
    consumers: tuple[str, ...] | None = None
    """The required consumers: None if the contract has no such list, empty if no consumer is required."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """The path of the field that each message attribute is copied from."""
    examples: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.event_type}.v{self.version}" if self.version else self.event_type

    @cached_property
    def matched_schema(self) -> Schema:
        """Return the schema of the event or message body that a pattern or filter is matched against."""
        return event_schema(self.schema, self.event_type, self.sources) if self.carrier == "bus" else self.schema

    def messages(self, account: str = "", region: str = "") -> Iterator[Message]:
        """Yield the examples as published messages."""
        for name, body in self.examples.items():
            yield self.message(body, f"{self.name}/{name}", account, region)

    def message(self, body: Any, name: str, account: str = "", region: str = "") -> Message:
        if self.carrier == "topic":
            texts = {key: _get_value(body, path) for key, path in self.attributes.items()}
            sns_message = message(body, {key: text for key, text in texts.items() if isinstance(text, str)}, name=name)
            return Message(name, "topic", body, sns_message.attributes, self.name)
        producer = _get_value(body, "metadata.producer")
        matching_sources = [one for one in self.sources if producer and one.endswith(f".{producer}")]
        source = (matching_sources or [*self.sources, "unknown"])[0]
        identity = {"account": account or "000000000000", "region": region or "eu-west-1"}
        return Message(name, "bus", event(source, self.event_type, body, **identity).body, {}, self.name)


def read(file: Path) -> Message:
    """Return the event, message or record in a file."""
    document = _read(file)
    if not isinstance(document, dict):
        raise UserError(f"{file} must contain an event, message or record as an object; got {type(document).__name__}.")
    if "detail-type" in document:
        return Message(file.stem, "bus", document)
    if "dynamodb" in document or "kinesis" in document:
        return Message(file.stem, "stream", document)
    if "Message" not in document:
        return Message(file.stem, "topic", document)
    body = document["Message"]
    with contextlib.suppress(TypeError, ValueError):  # text that is not JSON is a valid message too
        body = json.loads(body)
    try:
        attributes = {
            name: {
                "DataType": str(one.get("Type") or one["DataType"]),
                "StringValue": str(one.get("Value") or one["StringValue"]),
            }
            for name, one in document.get("MessageAttributes", {}).items()
        }
    except (AttributeError, KeyError):
        raise UserError(f'{file}: each entry of MessageAttributes must be {{"Type": ..., "Value": ...}}.') from None
    return Message(file.stem, "topic", body, attributes)


def event_schema(detail: Schema, event_type: str | None = None, sources: tuple[str, ...] = ()) -> Schema:
    """Return the schema of a complete event. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html"""
    text = {"type": "string"}
    fields: Schema = {
        "version": {"enum": ["0"], "type": "string"},
        "id": text,
        "detail-type": text | ({"enum": [event_type]} if event_type else {}),
        "source": text | ({"enum": list(sources)} if sources else {}),
        "account": text | {"pattern": "^[0-9]{12}$"},
        "time": text | {"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
        "region": text | {"pattern": "^[a-z]{2}(-[a-z]+)+-[0-9]$"},
        "resources": {"type": "array", "items": text},
        "detail": detail,
    }
    required = list(fields)
    fields["replay-name"] = text
    return {"type": "object", "additionalProperties": False, "required": required, "properties": fields}


def load(folder: Path, examples_folder: Path | None = None, source_prefix: str = "") -> list[Contract]:
    """Load every contract in a folder. Raises UserError if there is none, for invalid JSON or a dangling reference."""
    documents = {path.name: _read(path) for path in sorted(folder.glob("*.json"))}
    if not documents:
        raise UserError(f"{folder} must contain contracts as *.json; got none.")
    contracts = []
    for name, document in documents.items():
        stem = name.removesuffix(".json")
        if not _SHARED_SCHEMA_NAME.fullmatch(stem) and isinstance(document, dict):
            contract = _parse_contract(inline_references(document, name, documents), folder / name, source_prefix)
            contracts.append(replace(contract, examples=_load_examples(examples_folder and examples_folder / stem)))
    return contracts


def _parse_contract(schema: Schema, file: Path, prefix: str) -> Contract:
    if "openapi" in schema:
        # The schema registry's default format, in which the complete event is among the component schemas.
        schema = schema.get("components", {}).get("schemas", {}).get("AWSEvent", {})
    match = _CONTRACT_NAME.fullmatch(file.stem)
    version = int(match["version"]) if match else 1
    fields = schema.get("properties", {})
    producers = tuple(schema.get("x-producers", ()))
    sources = tuple(schema.get("x-sources", ())) or tuple(f"{prefix}{one}" for one in producers)
    title = str(schema.get("title") or (match["type"] if match else file.stem))
    if "detail" in fields and "detail-type" in fields:
        # A complete event, as written by the schema registry.
        title = str(schema.get("x-amazon-events-detail-type") or _choices(fields["detail-type"], title)[0])
        registry_source = schema.get("x-amazon-events-source")
        sources = (registry_source,) if registry_source else tuple(_choices(fields.get("source", {}), *sources))
        schema = {"x-consumers": schema.get("x-consumers"), **fields["detail"]}
    consumer_names = schema.get("x-consumers")
    consumers = None if consumer_names is None else tuple(consumer_names)
    identity = schema.get("properties", {}).get("metadata", {}).get("properties", {})
    if {"event_type", "schema_version"} <= identity.keys():
        identity["event_type"]["enum"], identity["schema_version"]["enum"] = [title], [version]
    carrier, attributes = schema.get("x-carrier", "bus"), schema.get("x-attributes", {})
    return Contract(title, version, carrier, schema, file, sources, producers, consumers, attributes)


def inline_references(node: Any, file: str, documents: Mapping[str, Any], ancestors: tuple[str, ...] = ()) -> Any:
    """Inline a schema's references; a recursive one allows any value. Raises UserError for a dangling reference."""
    if isinstance(node, list):
        return [inline_references(one, file, documents, ancestors) for one in node]
    if not isinstance(node, dict):
        return node
    if not isinstance(node.get("$ref"), str):
        schema = {key: inline_references(value, file, documents, ancestors) for key, value in node.items()}
        for bound in ("minimum", "maximum"):
            # In Draft 4 exclusiveMinimum is a boolean, in later drafts a number.
            exclusive_bound = f"exclusive{bound.title()}"
            if isinstance(schema.get(exclusive_bound), bool) and schema.pop(exclusive_bound) and bound in schema:
                schema[exclusive_bound] = schema.pop(bound)
        # OpenAPI 3.0 allows null with `nullable: true`.
        nullable = schema.get("nullable") is True and "type" in schema
        return schema | {"type": [schema["type"], "null"]} if nullable else schema
    target_file, _, pointer = node["$ref"].partition("#")
    target_file = target_file or file
    reference = f"{target_file}#{pointer}"
    siblings = {key: value for key, value in node.items() if key != "$ref"}
    if reference in ancestors:
        return siblings
    target: Any = documents.get(target_file.rpartition("/")[2])
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        target = target.get(name) if isinstance(target, dict) else None
    if target is None:
        raise UserError(f"{file}: $ref must name an existing schema; got {node['$ref']}.")
    return {**inline_references(target, target_file, documents, (*ancestors, reference)), **siblings}


def _load_examples(folder: Path | None) -> dict[str, Any]:
    if folder is None:
        return {}
    subfolder = folder / "valid"
    return {file.stem: _read(file) for file in sorted((subfolder if subfolder.is_dir() else folder).glob("*.json"))}


def _choices(schema: Schema, *defaults: str) -> list[str]:
    return [schema["const"]] if "const" in schema else list(schema.get("enum", defaults))


def _get_value(body: Any, path: str) -> Any:
    for part in path.split("."):
        body = body.get(part) if isinstance(body, Mapping) else None
    return body


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{file} cannot be read as JSON: {error}") from None
