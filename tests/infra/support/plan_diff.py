"""Reads a plan (`terraform show -json`) and tells what it would change.

After an apply on the local cloud a second plan may show only what emulator_differences.json lists: attributes that the
emulator answers wrongly. Everything else is a change that Terraform would make again and again, or a drift.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIFFERENCES = Path(__file__).with_name("emulator_differences.json")


@dataclass(frozen=True)
class Change:
    """What a plan would do to one resource or output; `attributes` are the top-level ones that differ."""

    address: str
    kind: str
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
        yield Change(resource["address"], resource["type"], actions, _differing(resource["change"]))


def _output_changes(plan: Mapping[str, Any]) -> Iterator[Change]:
    for name, change in plan.get("output_changes", {}).items():
        if change["actions"] != ["no-op"]:
            yield Change(f"output.{name}", "output", tuple(change["actions"]))


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


def emulator_differences(path: Path = DIFFERENCES) -> dict[str, frozenset[str]]:
    """Resource type -> attributes that the emulator answers wrongly."""
    return {kind: frozenset(attributes) for kind, attributes in json.loads(path.read_text()).items()}


def unexpected(plan: Mapping[str, Any], allowed: Mapping[str, frozenset[str]]) -> list[Change]:
    """The changes that are not an update of allowed attributes only."""
    return [change for change in changes(plan) if not _is_allowed(change, allowed)]


def _is_allowed(change: Change, allowed: Mapping[str, frozenset[str]]) -> bool:
    listed = allowed.get(change.kind, frozenset())
    return change.actions == ("update",) and bool(change.attributes) and change.attributes <= listed


def main() -> int:
    parser = argparse.ArgumentParser(description="Fail when a second plan changes more than the emulator explains.")
    parser.add_argument("plan", type=Path, help="output of `terraform show -json <plan file>`")
    found = unexpected(json.loads(parser.parse_args().plan.read_text()), emulator_differences())
    sys.stdout.writelines(f"{change}\n" for change in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
