import json
import re
from pathlib import Path

import pytest

from dev.generate.contracts import bundle, catalog
from dev.generate.contracts.subset import SubsetError
from tests.unit.contracts.examples import CONTRACTS, EXAMPLES, example
from tests.unit.dev.generate.contracts.schemas import NUMBER, event, write

ALL = bundle.load(CONTRACTS / "schemas")
TEXT = catalog.catalog_text(ALL, EXAMPLES)


def section(title: str) -> str:
    match = re.search(rf"^##+ {re.escape(title)}\n(.*?)(?=^##|\Z)", TEXT, re.DOTALL | re.MULTILINE)
    assert match, title
    return match[1]


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_event_is_told_completely_when_it_is_in_the_catalog(contract: bundle.Contract) -> None:
    told = section(contract.name)

    assert contract.schema["description"] in told
    for name in [*contract.schema["x-producers"], *contract.schema["x-consumers"], *contract.data["properties"]]:
        assert f"`{name}`" in told
    for rule in contract.schema.get("x-rules", []):
        assert f"- {rule}\n" in told
    shown = re.search("```json\n(.*?)```", told, re.DOTALL)
    assert shown
    assert json.loads(shown[1]) == example(contract.name)


def test_error_names_the_file_when_an_event_has_no_example(tmp_path: Path) -> None:
    contracts = bundle.load(write(tmp_path, ThingDone=event(count=NUMBER)))

    with pytest.raises(SubsetError, match=r"needs examples/ThingDone\.v1/valid/complete\.json"):
        catalog.catalog_text(contracts, tmp_path)
