"""Contracts are read from detail schemas and EventBridge schema registry schemas; references are resolved."""

import json
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli import UserError
from orderflow_cli.routes import messages
from orderflow_cli.routes.messages import Contract, Message
from orderflow_cli.routes.settings import Settings

DETAIL_SCHEMA = {"type": "object", "properties": {"id": {"type": "string"}}}


def load_contract(folder: Path, name: str, schema: Any, **others: Any) -> Contract:
    for file, document in {name: schema, **others}.items():
        (folder / f"{file}.json").write_text(json.dumps(document))
    (contract,) = [one for one in messages.load(folder, source_prefix="shop.") if one.file.stem == name]
    return contract


def test_detail_schema_is_loaded_as_a_contract_named_by_its_title(tmp_path: Path) -> None:
    schema = DETAIL_SCHEMA | {"title": "OrderPlaced", "x-producers": ["web"]}
    contract = load_contract(tmp_path, "OrderPlaced.v2", schema)

    assert (contract.name, contract.carrier, contract.sources) == ("OrderPlaced.v2", "bus", ("shop.web",))
    assert contract.consumers is None
    assert contract.matched_schema["properties"]["detail-type"]["enum"] == ["OrderPlaced"]
    assert contract.matched_schema["properties"]["detail"]["properties"] == DETAIL_SCHEMA["properties"]


@pytest.mark.parametrize("is_openapi", [False, True])
def test_schema_registry_schema_is_read_as_a_contract(tmp_path: Path, is_openapi: bool) -> None:
    registry_schema: dict[str, Any] = {
        "x-amazon-events-detail-type": "Object Created",
        "x-amazon-events-source": "aws.s3",
        "definitions": {"ObjectCreated": DETAIL_SCHEMA},
        "properties": {
            "detail": {"$ref": "#/definitions/ObjectCreated"},
            "detail-type": {"type": "string"},
            "source": {},
        },
    }
    if is_openapi:
        schemas = {"AWSEvent": registry_schema, **registry_schema.pop("definitions")}
        registry_schema["properties"]["detail"] = {"$ref": "#/components/schemas/ObjectCreated"}
        registry_schema = {"openapi": "3.0.0", "components": {"schemas": schemas}}

    contract = load_contract(tmp_path, "aws.s3@ObjectCreated", registry_schema)

    assert (contract.event_type, contract.sources) == ("Object Created", ("aws.s3",))
    assert contract.schema["properties"] == DETAIL_SCHEMA["properties"]


def test_references_are_resolved_even_if_recursive(tmp_path: Path) -> None:
    common = {"definitions": {"tree": {"type": "object", "properties": {"child": {"$ref": "#/definitions/tree"}}}}}
    schema = {"type": "object", "properties": {"root": {"$ref": "common.v1.json#/definitions/tree"}}}

    contract = load_contract(tmp_path, "Grown.v1", schema, **{"common.v1": common})

    tree = contract.schema["properties"]["root"]
    assert tree == {"type": "object", "properties": {"child": {}}}


@pytest.mark.parametrize(
    ("keywords", "converted_keywords"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"], "nullable": True}),
        ({"minimum": 1, "exclusiveMinimum": True}, {"exclusiveMinimum": 1}),
        ({"maximum": 9, "exclusiveMaximum": False}, {"maximum": 9}),
        ({"exclusiveMaximum": 9}, {"exclusiveMaximum": 9}),
    ],
)
def test_keywords_of_openapi_and_draft_4_are_converted(
    tmp_path: Path, keywords: dict[str, object], converted_keywords: dict[str, object]
) -> None:
    contract = load_contract(tmp_path, "Named.v1", {"properties": {"name": keywords}})

    assert contract.schema["properties"]["name"] == converted_keywords


def test_dangling_reference_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Lost\.v1\.json: \$ref must name .*; got #/definitions/none"):
        load_contract(tmp_path, "Lost.v1", {"$ref": "#/definitions/none"})


def test_folder_without_contracts_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="must contain contracts"):
        messages.load(tmp_path)


@pytest.mark.parametrize(
    ("document", "carrier", "body"),
    [
        ({"detail-type": "A", "source": "b", "detail": {}}, "bus", {"detail-type": "A", "source": "b", "detail": {}}),
        ({"Message": '{"a": 1}', "MessageAttributes": {"x": {"Type": "String", "Value": "y"}}}, "topic", {"a": 1}),
        ({"Message": "hello"}, "topic", "hello"),
        ({"a": 1}, "topic", {"a": 1}),
        ({"eventName": "INSERT", "dynamodb": {}}, "stream", {"eventName": "INSERT", "dynamodb": {}}),
    ],
)
def test_file_is_read_as_event_message_or_record(tmp_path: Path, document: Any, carrier: str, body: Any) -> None:
    file = tmp_path / "e.json"
    file.write_text(json.dumps(document))

    message: Message = messages.read(file)

    assert (message.name, message.carrier, message.body) == ("e", carrier, body)
    assert message.attributes == (
        {"x": {"DataType": "String", "StringValue": "y"}} if "MessageAttributes" in document else {}
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("contract = 1", "got contract"),
        ("[[accept]]\nfinding = 'loop'", "must have exactly finding, address and reason"),
        ("=", "cannot be read as TOML"),
    ],
)
def test_invalid_settings_are_rejected(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "routes.toml"
    file.write_text(text)

    with pytest.raises(UserError, match=message):
        Settings.load(file)
