"""Parses patterns and filter policies into leaves, all of which must match, for each branch of `$or`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

type FieldPath = tuple[str, ...]

OPERATORS: Final = ("prefix", "suffix", "equals-ignore-case", "wildcard", "cidr", "numeric", "exists", "anything-but")


@dataclass(frozen=True)
class Leaf:
    """A field and its allowed values, one of which must match; `branch` is the enclosing branch of `$or`, if any."""

    path: FieldPath
    values: tuple[Any, ...]
    branch: str = ""

    @property
    def name(self) -> str:
        return ".".join(self.path)

    def pattern(self) -> str:
        """Return a pattern with this leaf only, as JSON."""
        pattern: Any = list(self.values)
        for part in reversed(self.path):
            pattern = {part: pattern}
        return json.dumps(pattern)


@dataclass(frozen=True)
class Alternative:
    """A choice of one branch for every `$or`; its leaves must all match."""

    leaves: tuple[Leaf, ...]
    branches: tuple[str, ...] = ()


def parse(text: str) -> Mapping[str, Any] | None:
    """Parse a pattern; return None if it is not a JSON object."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def repeated_keys(text: str) -> list[str]:
    """Return the keys that occur more than once in an object: JSON does not define which of their values counts."""
    duplicates: list[str] = []

    def collect_repeated_keys(items: list[tuple[str, Any]]) -> dict[str, Any]:
        field_names = [name for name, _ in items]
        duplicates.extend(name for name in dict(items) if field_names.count(name) > 1)
        return dict(items)

    json.loads(text, object_pairs_hook=collect_repeated_keys)
    return duplicates


def alternatives(pattern: Mapping[str, Any]) -> list[Alternative]:
    """Return every alternative of the pattern. If a field is both inside and outside an `$or`, the last value
    applies, as in EventBridge."""
    return [
        Alternative(tuple({leaf.path: leaf for leaf in leaves}.values()), branches)
        for leaves, branches in _expand(pattern, (), ((), ()))
    ]


def leaves(pattern: Mapping[str, Any]) -> list[Leaf]:
    """Return the distinct leaves of all branches."""
    return list(dict.fromkeys(leaf for one in _expand(pattern, (), ((), ())) for leaf in one[0]))


type _Expansion = tuple[tuple[Leaf, ...], tuple[str, ...]]


def _expand(pattern: Mapping[str, Any], path: FieldPath, start: _Expansion) -> list[_Expansion]:
    expansions = [start]
    for key, value in pattern.items():
        if _is_or_clause(key, value):
            branch_expansions: list[_Expansion] = []
            for number, member in enumerate(value, 1):
                branch = f"{'.'.join((*path, '$or'))}[{number}]"
                for previous_leaves, branches in expansions:
                    branch_expansions += _expand(member, path, (previous_leaves, (*branches, branch)))
            expansions = branch_expansions
        elif isinstance(value, dict):
            expansions = [one for item in expansions for one in _expand(value, (*path, *key.split(".")), item)]
        else:
            names, values = (*path, *key.split(".")), _freeze(tuple(value) if isinstance(value, list) else (value,))
            expansions = [
                ((*previous_leaves, Leaf(names, values, branches[-1] if branches else "")), branches)
                for previous_leaves, branches in expansions
            ]
    return expansions


def _is_or_clause(key: str, value: Any) -> bool:
    return (
        key == "$or"
        and isinstance(value, list)
        and len(value) > 1
        and all(isinstance(one, dict) and not set(one) & {*OPERATORS, "exactly"} for one in value)
    )


class _Condition(dict[str, Any]):
    """A hashable condition, such as {"prefix": "a"}."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(json.dumps(self, sort_keys=True))


def _freeze(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        _Condition(one) if isinstance(one, dict) else tuple(one) if isinstance(one, list) else one for one in values
    )


def field_names(pattern: Mapping[str, Any]) -> Iterator[str]:
    """Yield the field names as written, without paths."""
    for key, value in pattern.items():
        yield key
        for one in value if key == "$or" and isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from field_names(one)


def split_condition(value: Any) -> tuple[str, Any]:
    """Return a condition's operator and operand, which are ("equals", value) for a plain value."""
    return next(iter(value.items())) if isinstance(value, dict) and value else ("equals", value)


def wildcards(pattern: Mapping[str, Any]) -> Iterator[str]:
    """Yield the operands of every `wildcard`, including those within `anything-but`."""
    for leaf in leaves(pattern):
        for value in leaf.values:
            name, operand = split_condition(value)
            if name == "anything-but":
                name, operand = split_condition(operand)
            if name == "wildcard":
                yield from operand if isinstance(operand, list) else [operand]


def format_value(value: Any) -> str:
    """Format a value or condition for display, such as "paid" or prefix "ord_"."""
    name, operand = split_condition(value)
    if name == "equals":
        return _abbreviate(value)
    if name == "exists":
        return "present" if operand else "absent"
    if name == "anything-but" and isinstance(operand, dict):
        return f"anything but {format_value(operand)}"
    if name == "numeric" and isinstance(operand, list):
        return "a number " + " and ".join(f"{a} {b}" for a, b in zip(operand[::2], operand[1::2], strict=False))
    operands = operand if isinstance(operand, list) else [operand]
    return f"{name.replace('-', ' ')} {' or '.join(map(_abbreviate, operands))}"


def _abbreviate(value: Any, limit: int = 60) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else f"{text[:limit]}…"


def format_values(values: tuple[Any, ...], limit: int = 4) -> str:
    """Format values for display, at most `limit` of them."""
    texts = [format_value(one) for one in values]
    suffix = f" or {len(texts) - limit} more" if len(texts) > limit else ""
    return " or ".join(texts[:limit]) + suffix
