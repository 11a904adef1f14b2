"""Converts DynamoDB attribute values to plain Python and back, for strings, integers, booleans, null, lists and maps.

boto3's TypeDeserializer also supports sets and binary data and converts numbers to Decimal, which takes about twice the
time per order and returns values that `json` cannot encode. Here a number becomes an `int`; a fraction raises a
ValueError, because no field of an order may have one."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

type AttributeValue = Mapping[str, Any]


def from_item(item: Mapping[str, AttributeValue]) -> dict[str, Any]:
    """Return an item or image as plain Python values.

    Raises:
        ValueError: for a set, binary data, or a number that is not whole."""
    return {name: from_attribute_value(value) for name, value in item.items()}


def from_attribute_value(value: AttributeValue) -> Any:
    """Return one attribute value such as `{"N": "12"}` as a plain Python value; see `from_item`."""
    ((kind, content),) = value.items()
    reader = _READERS.get(kind)
    if reader is None:
        raise ValueError(f"the type of an attribute must be one of {', '.join(_READERS)}; got {kind}")
    return reader(content)


def to_item(values: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the DynamoDB form of a mapping of plain values.

    Raises:
        ValueError: for a value that is not a string, a whole number, a boolean, None, a list or a mapping."""
    return {name: to_attribute_value(value) for name, value in values.items()}


def to_attribute_value(value: Any) -> dict[str, Any]:
    """Return the DynamoDB form of one plain value; see `to_item`."""
    match value:
        case str():
            return {"S": value}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case None:
            return {"NULL": True}
        case Mapping():
            return {"M": to_item(value)}
        case list() | tuple():
            return {"L": [to_attribute_value(member) for member in value]}
        case _:
            raise ValueError(f"a value must be a str, int, bool, None, list or mapping; got {type(value).__name__}")


def _read_whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        # DynamoDB may return 1E+2 for a number written as 100.
        number = Decimal(text)
        if number != number.to_integral_value():
            raise ValueError("a number must be whole; got one with a fraction") from None
        return int(number)


_READERS: dict[str, Callable[[Any], Any]] = {
    "S": str,
    "N": _read_whole_number,
    "BOOL": bool,
    "M": from_item,
    "L": lambda members: [from_attribute_value(member) for member in members],
    "NULL": lambda _: None,
}
