"""An in-memory model of the orders table: what a write of the recorder does to an item."""

import copy
from collections.abc import Mapping
from typing import Any

from recorder.effects import REMOVED, Changes
from recorder.preconditions import ABSENT, Conditions


def apply_changes(order: Mapping[str, Any] | None, changes: Changes) -> dict[str, Any]:
    """Return the item after the changes, with its version incremented."""
    item = copy.deepcopy(dict(order or {}))
    for path, value in changes.items():
        parent = item
        for name in path[:-1]:
            parent = parent[name]
        if value is REMOVED:
            parent.pop(path[-1], None)
        else:
            parent[path[-1]] = copy.deepcopy(value)
    item["version"] = item.get("version", 0) + 1
    return item


def conditions_hold(conditions: Conditions, order: Mapping[str, Any] | None) -> bool:
    """Return whether a write under these conditions would succeed."""
    return all(_get_value(order or {}, path) == value for path, value in conditions.items())


def _get_value(order: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    value: Any = order
    for name in path:
        if name not in value:
            return ABSENT
        value = value[name]
    return value
