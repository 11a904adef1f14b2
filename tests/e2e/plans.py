"""Plans of the running system, and roots with a state of their own beside it."""

import json
import shutil
from pathlib import Path
from typing import Any

from orderflow_cli import ROOT
from orderflow_cli.build import package
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.toolchain import terraform
from tests.infra.support import plan_diff
from tests.infra.support.plan_diff import Change

PARALLELISM = "-parallelism=40"


def changes(root: Path, environment: dict[str, str], folder: Path, *arguments: str) -> list[Change]:
    """What a plan of the root would change. `folder` keeps the plan."""
    file = folder / f"{root.parent.name}-{root.name}.tfplan"
    planned = terraform.run(root, "plan", "-input=false", f"-out={file}", *arguments, env=environment)
    assert planned.returncode == 0, planned.stderr
    shown = terraform.run(root, "show", "-json", str(file), env=environment)
    return plan_diff.changes(json.loads(shown.stdout))


def of_the_system(cloud: LocalCloud, folder: Path) -> list[str]:
    """What a plan of the running system would change."""
    return [str(change) for change in changes(cloud.root, cloud.env(), folder)]


def copy_of_the_repository(folder: Path) -> Path:
    """The environment's root in another clone, for zips in the same place beside it, so that no path differs."""
    for part in ("terraform", "lambdas"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    return folder / "terraform" / "environments" / "local"


class Example:
    """A root under examples/ that joins the running system, with its state in `folder`."""

    def __init__(self, name: str, cloud: LocalCloud, folder: Path) -> None:
        self.root = ROOT / "examples" / name
        self._folder = folder
        state = f"-state={folder / name}.tfstate"
        own_state = {f"TF_CLI_ARGS_{command}": state for command in ("plan", "apply", "destroy", "output")}
        self._environment = {**cloud.env(), **own_state}

    def apply(self) -> dict[str, Any]:
        """Build its function and apply; returns its outputs."""
        package.build(**package.places(self.root / "functions"))
        self._run("apply", "-auto-approve", PARALLELISM, "-var-file=local.tfvars")
        return {name: output["value"] for name, output in json.loads(self._run("output", "-json")).items()}

    def destroy(self) -> None:
        """Take away what there is of it, also after an apply that failed half way."""
        self._run("destroy", "-auto-approve", PARALLELISM, "-var-file=local.tfvars")

    def changes(self) -> list[str]:
        """What another plan of it would change."""
        found = changes(self.root, self._environment, self._folder, "-var-file=local.tfvars")
        return [str(change) for change in found]

    def resources(self) -> list[str]:
        """What its state still holds."""
        return self._run("state", "list", f"-state={self._folder / self.root.name}.tfstate").split()

    def _run(self, *arguments: str) -> str:
        done = terraform.run(self.root, *arguments, env=self._environment)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr
        return done.stdout
