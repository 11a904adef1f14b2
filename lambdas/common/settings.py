"""Loads the settings of a function from environment variables, once, at startup.

A function declares a frozen dataclass; the field `orders_table` is read from `ORDERS_TABLE`. A field with a default or
a type such as `str | None` is optional. One error reports all missing and invalid variables, because fixing one per
deployment is slow."""

import dataclasses
import os
from collections.abc import Mapping
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

_TRUE_VALUES = {"true", "1", "yes", "on"}
_FALSE_VALUES = {"false", "0", "no", "off"}


class SettingsError(Exception):
    """Environment variables are missing or invalid; `problems` maps their names to what is wrong."""

    def __init__(self, function: str, problems: Mapping[str, str]) -> None:
        summary = "; ".join(f"{variable} {problem}" for variable, problem in sorted(problems.items()))
        super().__init__(f"Function {function} cannot start: {summary}")
        self.function = function
        self.problems = dict(problems)


def load[T](cls: type[T], environ: Mapping[str, str] | None = None) -> T:
    """Return an instance of the dataclass `cls` with values from the environment.

    Supported field types are `str`, `int`, `bool`, a `Literal` of strings, and each of these with `| None`. An empty
    variable counts as missing.

    Raises:
        SettingsError: variables are missing or invalid; the error names the function and all of them."""
    source = os.environ if environ is None else environ
    hints = get_type_hints(cls)
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in dataclasses.fields(cls):  # type: ignore[arg-type]
        variable = field.name.upper()
        expected_type, is_optional = _unwrap_optional(hints[field.name])
        text = source.get(variable, "").strip()
        if text:
            try:
                values[field.name] = _convert(text, expected_type)
            except ValueError as error:
                problems[variable] = str(error)
        elif field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING:
            continue
        elif is_optional:
            values[field.name] = None
        else:
            problems[variable] = "is not set"
    if problems:
        function = source.get("AWS_LAMBDA_FUNCTION_NAME") or cls.__module__.partition(".")[0]
        raise SettingsError(function, problems)
    return cls(**values)


def _unwrap_optional(hint: Any) -> tuple[Any, bool]:
    if isinstance(hint, UnionType) and type(None) in get_args(hint):
        (inner_type,) = (member for member in get_args(hint) if member is not type(None))
        return inner_type, True
    return hint, False


def _convert(text: str, expected_type: Any) -> str | int | bool:
    if expected_type is str:
        return text
    if expected_type is bool:
        if text.lower() in _TRUE_VALUES | _FALSE_VALUES:
            return text.lower() in _TRUE_VALUES
        raise ValueError("must be true or false")
    if expected_type is int:
        try:
            return int(text)
        except ValueError:
            raise ValueError("must be a whole number") from None
    if get_origin(expected_type) is Literal:
        if text in get_args(expected_type):
            return text
        raise ValueError(f"must be one of {', '.join(get_args(expected_type))}")
    raise TypeError(f"the type of a setting must be str, int, bool or a Literal of strings; got {expected_type!r}")
