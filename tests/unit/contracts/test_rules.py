"""Limits over a whole order; what relates single fields is shown by the examples."""

from typing import Any

import pytest

from contracts import MAX_ORDER_BYTES, MAX_ORDER_LINES, ContractError, encode, parse, validate
from tests.unit.contracts.examples import example


def order_of(lines: int, size: int = 0, letter: str = "本") -> Any:
    """An order of so many lines whose JSON has so many bytes; most of them are in the names of its lines."""
    event = example("OrderPlaced.v1")
    event["data"]["lines"] = [
        {"sku": f"SKU-{index:03}", "name": letter, "quantity": 1, "unit_price": 100} for index in range(lines)
    ]
    event["data"]["total"]["amount"] = lines * 100
    width = len(letter.encode())
    missing = max(0, size - size_of(event))
    for line in event["data"]["lines"]:
        more = min(missing // width, 199)
        line["name"] += letter * more
        missing -= more * width
    event["metadata"]["correlation_id"] += "c" * missing
    return event


def size_of(event: Any) -> int:
    return len(encode(event).encode())


def refusal(event: Any) -> ContractError:
    with pytest.raises(ContractError) as caught:
        validate(event)
    return caught.value


@pytest.mark.parametrize("letter", ["本", "🍵"])
def test_order_is_accepted_when_it_is_exactly_at_the_cap(letter: str) -> None:
    event = order_of(MAX_ORDER_LINES, MAX_ORDER_BYTES, letter)

    validate(event)

    assert parse(encode(event)) == event
    assert (len(event["data"]["lines"]), size_of(event)) == (100, 65_536)


@pytest.mark.parametrize("letter", ["本", "🍵"])
def test_error_names_the_limit_when_an_order_is_one_byte_over_the_cap(letter: str) -> None:
    error = refusal(order_of(MAX_ORDER_LINES, MAX_ORDER_BYTES + 1, letter))

    assert str(error) == "event: must have at most 65,536 bytes as JSON, has 65,537"
    assert error.code == "too_large"


def test_error_names_the_limit_when_an_order_has_one_line_too_many() -> None:
    error = refusal(order_of(MAX_ORDER_LINES + 1))

    assert str(error) == "data.lines: must have at most 100 items"


def test_order_is_refused_when_a_text_has_half_of_a_surrogate_pair() -> None:
    event = example("OrderPlaced.v1")
    event["data"]["lines"][0]["name"] = "T-shirt \ud83d"

    assert str(refusal(event)) == "event: must not contain half of a surrogate pair"
