"""A Terraform root that a test applies to an emulator, with its state in a folder of the test."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orderflow_cli.toolchain import terraform
from tests.infra.support import plan_diff

PARALLELISM = "-parallelism=100"
"""The provider waits half a minute for each queue; they wait beside each other."""


class Applied:
    """`environment` holds the emulator's endpoint and credentials, `variables` the values of the root's variables."""

    def __init__(self, root: Path, environment: Mapping[str, str], folder: Path, variables: Mapping[str, Any]) -> None:
        self._root = root
        self._plan = folder / f"{root.name}.tfplan"
        values = {f"TF_VAR_{name}": _text(value) for name, value in variables.items()}
        state = f"-state={folder / root.name}.tfstate"
        own_state = {f"TF_CLI_ARGS_{command}": state for command in ("plan", "apply", "output")}
        self._environment = {**environment, **values, **own_state}

    def apply(self) -> dict[str, Any]:
        """Apply all of it; returns its outputs."""
        self._run("apply", "-auto-approve", "-input=false", "-no-color", PARALLELISM)
        return {name: output["value"] for name, output in json.loads(self._run("output", "-json")).items()}

    def changes(self) -> list[str]:
        """What a second plan would change."""
        self._run("plan", "-input=false", "-no-color", PARALLELISM, f"-out={self._plan}")
        plan = json.loads(self._run("show", "-json", str(self._plan)))
        return [str(change) for change in plan_diff.changes(plan)]

    def _run(self, *arguments: str) -> str:
        done = terraform.run(self._root, *arguments, env=self._environment)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr
        return done.stdout


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
