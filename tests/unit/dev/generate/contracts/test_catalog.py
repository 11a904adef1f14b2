import json
import re
from pathlib import Path

import pytest

from dev.generate.contracts import bundle, catalog
from dev.generate.contracts.subset import SubsetError
from tests.unit.contracts.examples import CONTRACTS, EXAMPLES, example
from tests.unit.dev.generate.contracts.schemas import NUMBER, WORD, closed, event, write

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


def test_table_cells_are_not_split_when_a_meaning_has_choices() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| `")]

    assert len(rows) > 50
    assert {line.count("|") for line in rows} == {5}


def test_limits_are_put_into_words_when_a_field_has_some() -> None:
    lines = section("OrderLine")

    assert "| `quantity` | whole number | yes | 1 to 999 |" in lines
    assert "at most 200 characters" in lines
    assert "| `status` | text | yes | one of placed, paid, " in section("OrderImage")


def test_inner_fields_are_shown_in_place_when_an_object_has_no_title(tmp_path: Path) -> None:
    parts = {"type": "array", "maxItems": 2, "items": closed(word=WORD)}
    (contract,) = bundle.load(write(tmp_path, ThingDone=event(inner=closed(n=NUMBER), parts=parts)))

    names = [row[0] for row in catalog.field_rows(contract.data)]

    assert names == ["inner", "inner.n", "parts", "parts[].word"]


def test_error_names_the_file_when_an_event_has_no_example(tmp_path: Path) -> None:
    contracts = bundle.load(write(tmp_path, ThingDone=event(count=NUMBER)))

    with pytest.raises(SubsetError, match=r"needs examples/ThingDone\.v1/valid/complete\.json"):
        catalog.catalog_text(contracts, tmp_path)
