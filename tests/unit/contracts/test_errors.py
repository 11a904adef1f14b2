import pickle
from copy import deepcopy
from typing import Any

import pytest

from contracts import ContractError, validate
from contracts.errors import violation
from tests.unit.contracts.examples import example
from tests.unit.contracts.test_validators import find_parent, nested_paths

PERSONAL_DATA = "Jane Doe, +49 30 901820"


@pytest.mark.parametrize("name", ["OrderPlaced.v1", "OrderChanged.v1", "OrderDeleted.v1"])
def test_error_never_quotes_a_value(name: str) -> None:
    event = example(name)
    for path in nested_paths(event):
        invalid_event = deepcopy(event)
        find_parent(invalid_event, path)[path[-1]] = PERSONAL_DATA * 20
        with pytest.raises(ContractError) as error_info:
            validate(invalid_event)

        assert "Jane" not in str(error_info.value)
        assert "Jane" not in repr(error_info.value)


@pytest.mark.parametrize("key", [PERSONAL_DATA, "jane@example.com", "x" * 41, "", "a b", "ключ"])
def test_error_never_quotes_a_key_that_is_not_a_field_name(key: str) -> None:
    event = example("OrderPlaced.v1")
    event["data"][key] = 1

    with pytest.raises(ContractError) as error_info:
        validate(event)

    assert str(error_info.value) == "data.(name withheld): is not a known field"


def test_long_field_and_reason_are_shortened() -> None:
    error = ContractError("data." + "a" * 500, "must be " + "b" * 500)

    assert len(error.field) == 200
    assert len(error.reason) == 300
    assert error.field.endswith("...")


def test_error_can_be_pickled() -> None:
    error = ContractError("data.total", "is required", "missing_field")

    copy = pickle.loads(pickle.dumps(error))  # noqa: S301

    assert (copy.field, copy.reason, copy.code, str(copy)) == (error.field, error.reason, error.code, str(error))


LIMIT_UNITS = [("Length", "character", "characters"), ("Items", "item", "items"), ("Properties", "entry", "entries")]


@pytest.mark.parametrize(
    ("rule", "limit", "reason"),
    [
        ("type", "object", "must be an object"),
        ("type", ["string", "null"], "must be a string or null"),
        ("enum", [1], "must be 1"),
        ("enum", ["a", None], "must be one of a, null"),
        *(("minimum", 1, "must be at least 1"), ("maximum", 9, "must be at most 9")),
        *((f"min{kind}", 1, f"must have at least 1 {unit}") for kind, unit, _ in LIMIT_UNITS),
        *((f"max{kind}", 20, f"must have at most 20 {units}") for kind, _, units in LIMIT_UNITS),
        ("pattern", "a date", "must be a date"),
    ],
)
def test_violated_keyword_gives_a_readable_reason(rule: str, limit: Any, reason: str) -> None:
    error = violation("data.field", rule, limit)

    assert str(error) == f"data.field: {reason}"
