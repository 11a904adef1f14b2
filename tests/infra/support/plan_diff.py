"""Reads a plan (`terraform show -json`) and tells what it would change."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Change:
    """What a plan would do to one resource or output; `attributes` are the top-level ones that differ."""

    address: str
    actions: tuple[str, ...]
    attributes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        listed = f" ({', '.join(sorted(self.attributes))})" if self.attributes else ""
        return f"{'/'.join(self.actions)} {self.address}{listed}"


def changes(plan: Mapping[str, Any]) -> list[Change]:
    """Every change of the plan, by address. Raises ValueError for what is no complete plan."""
    if "resource_changes" not in plan and "planned_values" not in plan:
        raise ValueError("this is no plan: give the output of `terraform show -json <plan file>`")
    if plan.get("errored"):
        raise ValueError("planning failed, so the plan is not complete")
    return sorted([*_resource_changes(plan), *_output_changes(plan)], key=lambda change: change.address)


def _resource_changes(plan: Mapping[str, Any]) -> Iterator[Change]:
    for resource in plan.get("resource_changes", []):
        actions = tuple(resource["change"]["actions"])
        if actions in {("no-op",), ("read",)}:
            continue
        yield Change(resource["address"], actions, _differing(resource["change"]))


def _output_changes(plan: Mapping[str, Any]) -> Iterator[Change]:
    for name, change in plan.get("output_changes", {}).items():
        if change["actions"] != ["no-op"]:
            yield Change(f"output.{name}", tuple(change["actions"]))


def _differing(change: Mapping[str, Any]) -> frozenset[str]:
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    return frozenset(
        name
        for name in {*before, *after, *unknown}
        if before.get(name) != after.get(name) or _holds_unknown(unknown.get(name))
    )


def _holds_unknown(value: Any) -> bool:
    """Whether anything in it is known after apply only; the parts that are known are there as empty lists and maps."""
    if isinstance(value, Mapping):
        return any(map(_holds_unknown, value.values()))
    return any(map(_holds_unknown, value)) if isinstance(value, list) else value is True
