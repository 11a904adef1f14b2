from pathlib import Path
from typing import Any

import pytest

from dev.generate.contracts import bundle
from dev.generate.contracts.bundle import Contract
from dev.generate.contracts.subset import SchemaError
from tests.unit.dev.generate.contracts.schemas import NUMBER, WORD, event, write

NULL = {"type": "null"}


def load_contract(folder: Path, common: Any = None, **data: Any) -> Contract:
    documents = {"ThingDone": event(**data)} | ({"common": {"definitions": common}} if common else {})
    (contract,) = bundle.load_contracts(write(folder, **documents))
    return contract


def rejection(folder: Path, common: Any = None, **data: Any) -> str:
    with pytest.raises(SchemaError) as error_info:
        load_contract(folder, common, **data)
    return str(error_info.value)


def test_loaded_contract_has_fixed_type_and_version(tmp_path: Path) -> None:
    contract = load_contract(tmp_path, count=NUMBER)

    metadata = contract.schema["properties"]["metadata"]["properties"]
    assert metadata["event_type"]["enum"] == ["ThingDone"]
    assert metadata["schema_version"]["enum"] == [1]
    assert (contract.name, contract.module) == ("ThingDone.v1", "thing_done_v1")


def test_error_locates_a_dangling_reference(tmp_path: Path) -> None:
    reference = "common.v1.json#/definitions/wrod"
    message = rejection(tmp_path, {"word": WORD}, word={"$ref": reference})

    assert message == f"ThingDone.v1.json/properties/data/properties/word: {reference} does not exist"


def test_keyword_beside_a_reference_is_rejected(tmp_path: Path) -> None:
    message = rejection(tmp_path, {"word": WORD}, word={"$ref": "common.v1.json#/definitions/word", "maxLength": 3})

    assert message.endswith("maxLength must not be beside $ref, where it has no effect")


@pytest.mark.parametrize(
    "choices", [[NUMBER, WORD], [NUMBER], [NULL, NULL], [NUMBER, WORD, NULL], [{"type": ["integer", "null"]}, NULL]]
)
def test_any_of_is_rejected_unless_it_adds_null(tmp_path: Path, choices: list[Any]) -> None:
    assert "only anyOf with one schema and null" in rejection(tmp_path, field={"anyOf": choices})


def test_title_of_another_event_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match=r"ThingMade\.v1\.json: title must be ThingMade"):
        bundle.load_contracts(write(tmp_path, ThingMade=event()))


def test_schema_without_schema_version_is_rejected(tmp_path: Path) -> None:
    schema = event()
    del schema["properties"]["metadata"]["properties"]["schema_version"]

    with pytest.raises(SchemaError, match=r"ThingDone\.v1\.json: properties\.metadata must have event_type"):
        bundle.load_contracts(write(tmp_path, ThingDone=schema))


def test_versions_are_sorted_as_numbers(tmp_path: Path) -> None:
    for version in (10, 9, 1):
        write(tmp_path, ThingDone=event())
        (tmp_path / "ThingDone.v1.json").rename(tmp_path / f"ThingDone.v{version}.json")

    assert [contract.version for contract in bundle.load_contracts(tmp_path)] == [1, 9, 10]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ThingDone", "{}", r"ThingDone\.json: the name of a schema file must be <Type>\.v<N>\.json"),
        ("ThingDone.v1", "{", r"ThingDone\.v1\.json is not JSON: .* line 1"),
        ("ThingDone.v1", '{"properties": []}', r"ThingDone\.v1\.json: \$\.properties: \[\] is not of type 'object'"),
        ("ThingDone.v1", '{"type": "text"}', r"ThingDone\.v1\.json: \$\.type: 'text' is not valid"),
        ("ThingDone.v1", "[]", r"ThingDone\.v1\.json: \$: \[\] is not of type"),
    ],
)
def test_error_locates_an_invalid_schema(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / f"{name}.json").write_text(text)

    with pytest.raises(SchemaError, match=message):
        bundle.load_contracts(tmp_path)
