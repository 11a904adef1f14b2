"""The generated validators, compared with an independent implementation of JSON Schema."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from importlib import import_module
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import ContractError
from dev.generate.contracts import bundle
from tests.unit.contracts.examples import CONTRACTS_FOLDER, EXAMPLES_FOLDER, example, load, valid_params
from tests.unit.contracts.from_schema import documents, json_values

ALL_CONTRACTS = bundle.load_contracts(CONTRACTS_FOLDER / "schemas")
HYPOTHESIS_SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def load_validator(contract: bundle.Contract) -> Callable[..., None]:
    validate: Callable[..., None] = import_module(f"contracts.generated.validators.{contract.module}").validate
    return validate


def accepts(contract: bundle.Contract, event: Any) -> bool:
    try:
        load_validator(contract)(event)
    except ContractError:
        return False
    return True


def nested_paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every nested value."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from nested_paths(child, (*path, key))


def field_name(path: tuple[Any, ...]) -> str:
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")


def find_parent(event: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        event = event[key]
    return event


def set_value(event: Any, path: tuple[Any, ...], value: Any) -> Any:
    event_copy = deepcopy(event)
    find_parent(event_copy, path)[path[-1]] = value
    return event_copy


def remove_value(event: Any, path: tuple[Any, ...]) -> Any:
    event_copy = deepcopy(event)
    del find_parent(event_copy, path)[path[-1]]
    return event_copy


def find_contract(event: Any) -> bundle.Contract:
    return next(contract for contract in ALL_CONTRACTS if contract.event_type == event["metadata"]["event_type"])


@pytest.mark.parametrize("contract", ALL_CONTRACTS, ids=lambda contract: contract.name)
def test_validator_accepts_documents_generated_from_the_schema(contract: bundle.Contract) -> None:
    reference = jsonschema.Draft7Validator(contract.schema)

    @HYPOTHESIS_SETTINGS
    @given(documents(contract.schema))
    def check(event: Any) -> None:
        load_validator(contract)(event)
        assert reference.is_valid(event)

    check()


@pytest.mark.parametrize("contract", ALL_CONTRACTS, ids=lambda contract: contract.name)
def test_validator_agrees_with_jsonschema_on_replaced_values(contract: bundle.Contract) -> None:
    events = [load(path) for path in sorted((EXAMPLES_FOLDER / contract.name / "valid").glob("*.json"))]
    reference = jsonschema.Draft7Validator(contract.schema)

    @settings(HYPOTHESIS_SETTINGS, max_examples=100)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        event = data.draw(st.sampled_from(events))
        path = data.draw(st.sampled_from(list(nested_paths(event))))
        changed_event = set_value(event, path, data.draw(json_values))
        expected = reference.is_valid(changed_event)
        assert accepts(contract, changed_event) == expected

    check()


@pytest.mark.parametrize("event", valid_params())
def test_error_names_the_field_with_the_wrong_type(event: Any) -> None:
    contract = find_contract(event)
    for path in nested_paths(event):
        invalid_event = set_value(event, path, 1.5)

        with pytest.raises(ContractError) as error_info:
            load_validator(contract)(invalid_event)

        assert error_info.value.field == field_name(path)
        assert error_info.value.reason.startswith("must be ")


@pytest.mark.parametrize("event", valid_params())
def test_missing_field_is_rejected_unless_it_is_optional(event: Any) -> None:
    contract = find_contract(event)
    for path in nested_paths(event):
        incomplete_event = remove_value(event, path)
        if not jsonschema.Draft7Validator(contract.schema).is_valid(incomplete_event):
            with pytest.raises(ContractError) as error_info:
                load_validator(contract)(incomplete_event)
            expected = field_name(path) if isinstance(path[-1], str) else field_name(path[:-1])
            assert error_info.value.field == expected
        else:
            load_validator(contract)(incomplete_event)


@pytest.mark.parametrize("event", valid_params())
def test_unknown_field_of_an_object_is_rejected_or_dropped(event: Any) -> None:
    contract = find_contract(event)
    object_paths = [(), *(path for path in nested_paths(event) if isinstance(find_parent(event, (*path, 0)), dict))]
    map_fields = {"payments", "refunds"}
    for path in object_paths:
        if path and path[-1] in map_fields:
            continue
        extended_event = set_value(event, (*path, "surprise"), "value")

        with pytest.raises(ContractError) as error_info:
            load_validator(contract)(extended_event)
        load_validator(contract)(extended_event, drop_unknown_fields=True)

        assert (error_info.value.field, error_info.value.code) == (field_name((*path, "surprise")), "unknown_field")
        assert extended_event == event


@pytest.mark.parametrize("name", ["payments", "refunds"])
def test_map_entry_with_an_invalid_name_is_rejected(name: str) -> None:
    event = example("OrderChanged.v1", "double_charge")
    entries = event["data"]["after"][name]
    entries["not an id"] = next(iter(entries.values()))

    with pytest.raises(ContractError) as error_info:
        load_validator(find_contract(event))(event, drop_unknown_fields=True)

    assert error_info.value.field == f"data.after.{name}"


@pytest.mark.parametrize("value", [2.0, True, "2", None])
def test_quantity_that_is_not_an_integer_is_rejected(value: Any) -> None:
    event = set_value(example("OrderPlaced.v1"), ("data", "lines", 0, "quantity"), value)

    with pytest.raises(ContractError) as error_info:
        load_validator(find_contract(event))(event)

    assert str(error_info.value) == "data.lines[0].quantity: must be a whole number"


@pytest.mark.parametrize("path", [("data", "order_id"), ("data", "total", "currency"), ("metadata", "event_id")])
def test_text_with_a_trailing_line_break_is_rejected(path: tuple[str, ...]) -> None:
    event = example("OrderPlaced.v1")
    event = set_value(event, path, find_parent(event, path)[path[-1]] + "\n")

    assert not accepts(find_contract(event), event)


@pytest.mark.parametrize("day", ["2026-02-29", "2026-02-30", "2026-04-31", "2100-02-29", "2026-13-01", "2026-00-10"])
def test_time_of_a_nonexistent_day_is_rejected(day: str) -> None:
    event = set_value(example("OrderPlaced.v1"), ("data", "placed_at"), f"{day}T10:00:00.000Z")

    assert not accepts(find_contract(event), event)
