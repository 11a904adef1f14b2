"""The size limits of an order; the examples cover the other rules."""

from typing import Any

import pytest

from contracts import MAX_ORDER_BYTES, MAX_ORDER_LINES, ContractError, encode, parse, validate
from tests.unit.contracts.examples import example


def build_event(line_count: int, size: int = 0, character: str = "本") -> Any:
    """Return an OrderPlaced event with `line_count` lines, padded with long texts to `size` bytes of JSON."""
    event = example("OrderPlaced.v1")
    event["data"]["lines"] = [
        {"sku": f"SKU-{index:03}", "name": character, "quantity": 1, "unit_price": 100} for index in range(line_count)
    ]
    event["data"]["total"]["amount"] = line_count * 100
    width = len(character.encode())
    missing_bytes = max(0, size - encoded_size(event))
    for line in event["data"]["lines"]:
        extra_character_count = min(missing_bytes // width, 199)
        line["name"] += character * extra_character_count
        missing_bytes -= extra_character_count * width
    event["metadata"]["correlation_id"] += "c" * missing_bytes
    return event


def encoded_size(event: Any) -> int:
    return len(encode(event).encode())


@pytest.mark.parametrize("character", ["本", "🍵"])
def test_order_of_maximum_size_is_accepted_and_a_larger_one_is_not(character: str) -> None:
    event = build_event(MAX_ORDER_LINES, MAX_ORDER_BYTES, character)

    assert parse(encode(event)) == event
    assert (len(event["data"]["lines"]), encoded_size(event)) == (100, 65_536)
    validate(event)
    with pytest.raises(ContractError, match=r"must have at most 65,536 bytes as JSON; got 65,537$") as error_info:
        validate(build_event(MAX_ORDER_LINES, MAX_ORDER_BYTES + 1, character))
    assert error_info.value.code == "too_large"


def test_order_with_too_many_lines_is_rejected() -> None:
    with pytest.raises(ContractError, match=r"^data\.lines: must have at most 100 items$"):
        validate(build_event(MAX_ORDER_LINES + 1))
