"""Plans of an environment, read by tests: with a mocked provider, and with the real one in an empty account.

The mocked provider answers every ARN at once, so that whole policies can be read. The real one says what it would send
to AWS, with the tags that it adds; what is known after apply only is missing."""

import fcntl
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from orderflow_cli.build import package, plans
from orderflow_cli.toolchain import terraform
from tests.infra.support import runs

Plan = dict[str, Any]
_MOCKED = """mock_provider "aws" {
  source          = "../../testing"
  override_during = plan
}

run "planned" {
  command = plan

  assert {
    condition     = output.pipeline.bus_name != ""
    error_message = "The environment must have a bus."
  }
}
"""


def once[T](document: Path, make: Callable[[], T]) -> T:
    """What `make` returned to the first worker that asked for the document; the others read it there."""
    with document.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not document.exists():
            document.write_text(json.dumps(make()))
    found: T = json.loads(document.read_text())
    return found


class Planner:
    """A copy of the configuration in which every environment can be planned, with zips of its own. Workers may share
    its folder: each plan is made once."""

    def __init__(self, folder: Path, env: Mapping[str, str], lambdas: Path = package.LAMBDAS) -> None:
        self.folder, self.terraform = folder, folder / "terraform"
        self._env = env
        once(folder / "copied.json", lambda: self._copy(lambdas))

    def _copy(self, lambdas: Path) -> None:
        zips = self.folder / "zips"
        zips.mkdir()
        for function in package.functions(lambdas):
            with zipfile.ZipFile(zips / f"{function}.zip", "w") as archive:
                archive.writestr(zipfile.ZipInfo(f"{function}/handler.py"), "first")
        copy = plans.scratch_copy(self.folder, lambdas, zips)
        for name in plans.environments(copy):
            self._add_run(name)  # before anybody initialises a root

    def _add_run(self, environment: str) -> None:
        tests = self.root(environment) / "tests"
        tests.mkdir()
        (tests / "planned.tftest.hcl").write_text(_MOCKED)

    def root(self, environment: str) -> Path:
        return self.terraform / "environments" / environment

    def plan(self, environment: str) -> Plan:
        """The plan as `terraform show -json` prints it, of the real provider and nobody but STS to talk to."""
        made = self.folder / f"{environment}.plan"
        return once(made.with_suffix(".json"), lambda: plans.load(plans.plan(self.root(environment), made)))

    def mocked(self, environment: str) -> Plan:
        """The plan that the mocked provider makes, every ARN of which is known."""
        root = self.root(environment)
        if not (root / "tests").exists():
            self._add_run(environment)
        env = {**plans.offline_variables("http://127.0.0.1:9"), **self._env}
        values = [] if environment == "local" else [f"-var-file={root.parent / 'offline.tfvars'}"]
        said = tested(self.folder / f"{environment}.mocked.json", root, "-verbose", *values, env=env)
        (plan,) = of_runs(said).values()
        return plan


def tested(kept: Path, folder: Path, *options: str, env: Mapping[str, str]) -> str:
    """What `terraform test` says of the folder. Raises AssertionError with what fails, or is warned of."""

    def test() -> tuple[int, str, str]:
        done = terraform.run(folder, "test", "-json", *options, env=env)
        return done.returncode, shortened(done.stdout), done.stderr

    code, said, errors = once(kept, test)
    assert code == 0, runs.report(said) + errors
    assert runs.warnings(said) == []
    return said


def shortened(output: str) -> str:
    """The output of `terraform test -json -verbose` without the provider's schemas, 14 MB in each plan."""
    messages = list(map(json.loads, output.splitlines()))
    for message in messages:
        message.get("test_plan", {}).pop("provider_schemas", None)
    return "\n".join(map(json.dumps, messages))


def of_runs(output: str) -> dict[str, Plan]:
    """The plans in the output of `terraform test -json -verbose`, by the name of the run."""
    messages = map(json.loads, output.splitlines())
    return {message["@testrun"]: message["test_plan"] for message in messages if message["type"] == "test_plan"}


def resources(plan: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """What the plan says each resource of a type will be, by address; what is known after apply only is missing."""
    return {
        change["address"]: change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == kind and change["change"]["after"] is not None
    }
