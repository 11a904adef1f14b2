"""Valid and invalid examples of the contracts, checked with the validators and with both schemas of each contract."""

import json
from typing import Any

import jsonschema
import pytest

from contracts import ContractError, encode, parse, validate
from dev.generate.contracts import bundle
from tests.unit.contracts.examples import CONTRACTS_FOLDER, EXAMPLES_FOLDER, invalid_cases, invalid_params, valid_params

SCHEMAS = {contract.name: contract.schema for contract in bundle.load_contracts(CONTRACTS_FOLDER / "schemas")}


def draft7_and_draft4_verdicts(event: Any, name: str) -> tuple[bool, bool]:
    draft4 = json.loads((CONTRACTS_FOLDER / "generated" / "draft4" / f"{name}.json").read_text("utf-8"))
    return (
        jsonschema.Draft7Validator(SCHEMAS[name]).is_valid(event),
        jsonschema.Draft4Validator(draft4).is_valid(event),
    )


@pytest.mark.parametrize("event", valid_params())
def test_valid_example_is_accepted_and_read_unchanged(event: Any) -> None:
    name = f"{event['metadata']['event_type']}.v{event['metadata']['schema_version']}"

    validate(event)

    assert parse(encode(event).encode(), event["metadata"]["event_type"]) == event
    assert draft7_and_draft4_verdicts(event, name) == (True, True)


@pytest.mark.parametrize("case", invalid_params())
def test_invalid_example_is_rejected_with_field_and_reason(case: Any) -> None:
    with pytest.raises(ContractError) as error_info:
        validate(case["event"])

    error = error_info.value
    assert (error.field, error.reason, error.code) == (case["field"], case["reason"], case["code"])
    assert error.code in (ContractError.__doc__ or "")
    assert draft7_and_draft4_verdicts(case["event"], case["contract"]) in ((True, True), (False, False))


@pytest.mark.parametrize("case", invalid_params())
def test_consumer_rejects_invalid_examples_but_ignores_unknown_fields(case: Any) -> None:
    text = json.dumps(case["event"])

    if case["code"] == "unknown_field":
        validate(parse(text))
    else:
        with pytest.raises(ContractError) as error_info:
            parse(text)
        assert error_info.value.field == case["field"]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_draft4_schema_meets_the_rules_of_the_schema_registry(name: str) -> None:
    # https://docs.aws.amazon.com/eventbridge/latest/schema-reference/v1-registries-name-registryname-schemas-name-schemaname.html
    text = (CONTRACTS_FOLDER / "generated" / "draft4" / f"{name}.json").read_text("utf-8")

    schema = json.loads(text)

    jsonschema.Draft4Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-04/schema#"
    assert len(text) <= 100_000


def test_every_contract_has_valid_and_invalid_examples() -> None:
    names_with_complete_example = {path.parents[1].name for path in EXAMPLES_FOLDER.glob("*/valid/complete.json")}
    invalid_names = [case["contract"] for case in invalid_cases()]

    assert names_with_complete_example == {path.name for path in EXAMPLES_FOLDER.iterdir()} == set(SCHEMAS)
    assert [name for name in SCHEMAS if invalid_names.count(name) < 2] == []


def test_contract_describes_its_rules_if_and_only_if_it_has_any() -> None:
    described_names = {name for name, schema in SCHEMAS.items() if "x-rules" in schema}

    assert described_names == {case["contract"] for case in invalid_cases() if case["code"] == "broken_rule"}
