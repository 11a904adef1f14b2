"""Plans, applies and destroys a Terraform root module for a test, and lists the changes in a plan."""

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orderflow_cli.toolchain import terraform

PARALLELISM = "-parallelism=100"
"""The provider waits half a minute for each queue, so queues are created in parallel."""


@dataclass(frozen=True)
class Change:
    """A planned change to one resource or output; `attributes` are those of a resource that may differ."""

    address: str
    actions: tuple[str, ...]
    attributes: frozenset[str] = frozenset()

    def __str__(self) -> str:
        names = f" ({', '.join(sorted(self.attributes))})" if self.attributes else ""
        return f"{'/'.join(self.actions)} {self.address}{names}"


class TerraformRoot:
    """A root module with its `variables`; `environment` selects the cloud. The plans are written to `folder`,
    and so is the Terraform state if `state` is true."""

    def __init__(
        self, root: Path, environment: Mapping[str, str], folder: Path, variables: Any = None, *, state: bool = True
    ) -> None:
        self.root = root
        self._plan = folder / f"{root.name}.tfplan"
        self._state = f"-state={folder / root.name}.tfstate"
        values = {f"TF_VAR_{name}": _text(value) for name, value in (variables or {}).items()}
        commands = ("plan", "apply", "destroy", "output") if state else ()
        self._environment = {**environment, **values, **{f"TF_CLI_ARGS_{name}": self._state for name in commands}}

    def apply(self, *arguments: str) -> dict[str, Any]:
        """Apply the root module and return its outputs."""
        self._run("apply", "-auto-approve", "-input=false", "-no-color", PARALLELISM, *arguments)
        return {name: output["value"] for name, output in json.loads(self._run("output", "-json")).items()}

    def destroy(self, *arguments: str) -> None:
        """Destroy the resources, including those that a failed apply left behind."""
        self._run("destroy", "-auto-approve", "-input=false", "-no-color", PARALLELISM, *arguments)

    def changes(self, *arguments: str) -> list[Change]:
        """Create a plan and return its changes. Planning takes no lock, so plans of one root can run concurrently."""
        self._run("plan", "-input=false", "-no-color", "-lock=false", PARALLELISM, f"-out={self._plan}", *arguments)
        return changes(json.loads(self._run("show", "-json", str(self._plan))))

    def resources(self) -> list[str]:
        """Return the addresses of the resources in the state."""
        return self._run("state", "list", self._state).split()

    def _run(self, *arguments: str) -> str:
        log = self._plan.with_name(f"{uuid.uuid4().hex}.provider.log")
        with terraform.run_provider(log, self._environment, self.root) as provider_variables:
            result = terraform.run(self.root, *arguments, env={**self._environment, **provider_variables})
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr
        return result.stdout


def changes(plan: Mapping[str, Any]) -> list[Change]:
    """Return the changes in a plan (`terraform show -json`) by address. Raises ValueError for an incomplete plan."""
    if "resource_changes" not in plan and "planned_values" not in plan:
        raise ValueError("the plan must be the output of `terraform show -json <plan file>`")
    if plan.get("errored"):
        raise ValueError("the plan must be complete; planning failed")
    return sorted([*_resource_changes(plan), *_output_changes(plan)], key=lambda change: change.address)


def _resource_changes(plan: Mapping[str, Any]) -> Iterator[Change]:
    for resource in plan.get("resource_changes", []):
        actions = tuple(resource["change"]["actions"])
        if actions not in {("no-op",), ("read",)}:
            yield Change(resource["address"], actions, _changed_attributes(resource["change"]))


def _output_changes(plan: Mapping[str, Any]) -> Iterator[Change]:
    for name, change in plan.get("output_changes", {}).items():
        if change["actions"] != ["no-op"]:
            yield Change(f"output.{name}", tuple(change["actions"]))


def _changed_attributes(change: Mapping[str, Any]) -> frozenset[str]:
    before, after = change.get("before") or {}, change.get("after") or {}
    unknown = change.get("after_unknown") or {}
    return frozenset(
        name
        for name in {*before, *after, *unknown}
        if before.get(name) != after.get(name) or _contains_unknown_value(unknown.get(name))
    )


def _contains_unknown_value(value: Any) -> bool:
    """Return whether a value of `after_unknown` marks anything as known only after apply."""
    if isinstance(value, Mapping):
        return any(map(_contains_unknown_value, value.values()))
    return any(map(_contains_unknown_value, value)) if isinstance(value, list) else value is True


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
