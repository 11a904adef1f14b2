"""Builds the conditional UpdateItem call for a decision."""

from typing import Any

from common.attribute_values import to_attribute_value
from recorder.effects import REMOVED, AttributePath, Changes
from recorder.preconditions import ABSENT, Conditions

RESTORE_INCREMENT = 1_000
"""Increment of the version at an order's first change after a restore; greater than any order's number of changes."""


class _Placeholders:
    """The names and values of an expression; each name is listed once."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def path(self, path: AttributePath) -> str:
        return ".".join(self.names.setdefault(name, f"#n{len(self.names)}") for name in path)

    def value(self, value: Any) -> str:
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = to_attribute_value(value)
        return placeholder


def build_update_arguments(
    order_id: str, changes: Changes, conditions: Conditions, restored_suffix: str | None = None
) -> dict[str, Any]:
    """Return the arguments, except the table, of the `update_item` call that makes changes and increments the version.

    The first change to an order in a restored table skips every version that was published before the restore.
    If `conditions` are not met, the response of the exception contains the current item."""
    placeholders = _Placeholders()
    assignments = [
        f"{placeholders.path(path)} = {placeholders.value(value)}"
        for path, value in changes.items()
        if value is not REMOVED and path != ("order_id",)
    ]
    is_new = ("order_id",) in conditions
    assignments += _version_assignments(placeholders, is_new, restored_suffix)
    removals = [placeholders.path(path) for path, value in changes.items() if value is REMOVED]
    condition = " AND ".join(
        f"attribute_not_exists({placeholders.path(path)})"
        if value is ABSENT
        else f"{placeholders.path(path)} = {placeholders.value(value)}"
        for path, value in conditions.items()
    )
    return {
        "Key": {"order_id": {"S": order_id}},
        "UpdateExpression": f"SET {', '.join(assignments)}" + (f" REMOVE {', '.join(removals)}" if removals else ""),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {placeholder: name for name, placeholder in placeholders.names.items()},
        "ExpressionAttributeValues": placeholders.values,
        # For a new order all attributes would be returned, only to be discarded.
        "ReturnValues": "NONE" if is_new else "UPDATED_NEW",
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def _version_assignments(placeholders: _Placeholders, is_new: bool, restored_suffix: str | None) -> list[str]:
    version, one = placeholders.path(("version",)), placeholders.value(1)
    if is_new:
        return [f"{version} = {one}"]
    if restored_suffix is None:
        return [f"{version} = {version} + {one}"]
    marker = placeholders.path(("applied", f"restored_{restored_suffix}"))
    increment = placeholders.value(RESTORE_INCREMENT)
    return [f"{version} = {version} + if_not_exists({marker}, {increment})", f"{marker} = {one}"]
