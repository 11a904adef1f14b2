"""Every example keeps or breaks its contract as it says, in every form that the contract has."""

import json
from typing import Any

import jsonschema
import pytest

from contracts import ContractError, encode, parse, validate
from orderflow_cli.contracts_build import bundle
from tests.unit.contracts.examples import CONTRACTS, EXAMPLES, invalid, load, valid

SCHEMAS = {contract.name: contract.schema for contract in bundle.load(CONTRACTS / "schemas")}


def is_valid_in_draft7(event: Any, name: str) -> bool:
    return bool(jsonschema.Draft7Validator(SCHEMAS[name]).is_valid(event))


def is_valid_in_draft4(event: Any, name: str) -> bool:
    schema = load(CONTRACTS / "generated" / "draft4" / f"{name}.json")
    return bool(jsonschema.Draft4Validator(schema).is_valid(event))


@pytest.mark.parametrize("event", valid())
def test_event_is_read_back_unchanged_when_it_keeps_its_contract(event: Any) -> None:
    validate(event)

    read = parse(encode(event).encode(), event["metadata"]["event_type"])

    assert read == event


@pytest.mark.parametrize("event", valid())
def test_both_dialects_accept_when_an_event_keeps_its_contract(event: Any) -> None:
    name = f"{event['metadata']['event_type']}.v{event['metadata']['schema_version']}"

    assert is_valid_in_draft7(event, name)
    assert is_valid_in_draft4(event, name)


@pytest.mark.parametrize("example", invalid())
def test_error_names_field_and_reason_when_an_event_breaks_its_contract(example: Any) -> None:
    with pytest.raises(ContractError) as caught:
        validate(example["event"])

    assert (caught.value.field, caught.value.reason, caught.value.code) == (
        example["field"],
        example["reason"],
        example["code"],
    )


@pytest.mark.parametrize("example", invalid())
def test_reader_refuses_too_when_the_fault_is_more_than_an_unknown_field(example: Any) -> None:
    text = json.dumps(example["event"])

    if example["code"] == "unknown_field":
        validate(parse(text))
    else:
        with pytest.raises(ContractError) as caught:
            parse(text)
        assert caught.value.field == example["field"]


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.glob("*/invalid/*.json")), ids=lambda path: f"{path.parts[-3]}-{path.stem}"
)
def test_dialects_agree_when_an_event_breaks_its_contract(path: Any) -> None:
    event = load(path)["event"]
    name = path.parent.parent.name

    assert is_valid_in_draft4(event, name) == is_valid_in_draft7(event, name)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_draft4_schema_is_a_draft4_schema_when_checked_by_its_metaschema(name: str) -> None:
    schema = load(CONTRACTS / "generated" / "draft4" / f"{name}.json")

    jsonschema.Draft4Validator.check_schema(schema)

    assert schema["$schema"] == "http://json-schema.org/draft-04/schema#"


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_registry_takes_the_schema_when_it_is_within_the_content_limit(name: str) -> None:
    # https://docs.aws.amazon.com/eventbridge/latest/schema-reference/v1-registries-name-registryname-schemas-name-schemaname.html
    text = (CONTRACTS / "generated" / "draft4" / f"{name}.json").read_text("utf-8")

    assert len(text) <= 100_000


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_contract_shows_how_it_is_kept_and_broken_when_it_exists(name: str) -> None:
    assert (EXAMPLES / name / "valid" / "complete.json").is_file()
    assert len(list((EXAMPLES / name / "invalid").glob("*.json"))) >= 2


def test_examples_belong_to_a_contract_when_they_exist() -> None:
    assert {path.name for path in EXAMPLES.iterdir()} == set(SCHEMAS)
