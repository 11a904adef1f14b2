from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from common.attribute_values import from_attribute_value, from_item, to_attribute_value, to_item

plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), plain_values, max_size=5))
def test_item_converts_like_boto3(item: dict[str, Any]) -> None:
    expected = {name: TypeSerializer().serialize(value) for name, value in item.items()}

    assert to_item(item) == expected
    assert from_item(expected) == {name: TypeDeserializer().deserialize(value) for name, value in expected.items()}


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("-12", -12), ("1E+2", 100), ("1.0", 1), ("9" * 38, int("9" * 38))]
)
def test_whole_number_becomes_an_int(text: str, value: int) -> None:
    number = from_attribute_value({"N": text})

    assert number == value
    assert type(number) is int


@pytest.mark.parametrize(
    "value", [{"N": "1.5"}, {"SS": ["a"]}, {"NS": ["1"]}, {"B": b"x"}, {"BS": [b"x"]}, {}, {"S": "a", "N": "1"}]
)
def test_unsupported_attribute_value_is_rejected(value: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_attribute_value(value)


@pytest.mark.parametrize("value", [1.5, Decimal(1), b"x", {"a"}, object()], ids=lambda value: type(value).__name__)
def test_value_of_an_unsupported_type_is_rejected(value: object) -> None:
    with pytest.raises(ValueError, match=type(value).__name__):
        to_attribute_value(value)


def test_tuple_becomes_a_list() -> None:
    assert to_attribute_value((1, True)) == {"L": [{"N": "1"}, {"BOOL": True}]}
