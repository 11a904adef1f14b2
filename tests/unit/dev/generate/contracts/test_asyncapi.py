"""The AsyncAPI document is valid under the official schema and describes each event as its contract does."""

import json
from typing import Any

import jsonschema
import pytest

from dev.generate.contracts import bundle, catalog
from orderflow_cli import ROOT

CONTRACTS = bundle.load_contracts(ROOT / "lambdas" / "contracts" / "schemas")
DOCUMENT = catalog.asyncapi_document(CONTRACTS, ROOT / "lambdas" / "contracts" / "examples")
OFFICIAL_SCHEMA: dict[str, Any] = json.loads((ROOT / "tests" / "vendor" / "asyncapi-3.0.0.json").read_text("utf-8"))


def test_document_is_valid_under_the_official_schema() -> None:
    jsonschema.Draft7Validator(OFFICIAL_SCHEMA).validate(DOCUMENT)


@pytest.mark.parametrize("part", ["info", "channels", "operations"])
def test_invalid_document_violates_the_official_schema(part: str) -> None:
    invalid_document = {**DOCUMENT, part: {**DOCUMENT[part], "x": {"action": "shout"}}}

    assert not jsonschema.Draft7Validator(OFFICIAL_SCHEMA).is_valid(invalid_document)


def test_every_contract_is_a_message_of_its_channel() -> None:
    for contract in CONTRACTS:
        message = DOCUMENT["components"]["messages"][contract.name]

        assert contract.name in DOCUMENT["channels"][contract.schema["x-carrier"]]["messages"]
        assert message["payload"]["properties"] == contract.schema["properties"]
        for example in message["examples"]:
            jsonschema.Draft7Validator(message["payload"]).validate(example["payload"])
