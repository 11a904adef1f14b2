"""Plans of an environment, read by tests: with a mocked provider, and with the real one in an empty account.

The mocked provider answers every ARN at once, so that whole policies can be read. The real one says what it would send
to AWS, with the tags that it adds; what is known after apply only is missing."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orderflow_cli.build import package, plans
from orderflow_cli.toolchain import terraform

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


class Planner:
    """A copy of the configuration in which every environment can be planned, with zips of its own."""

    def __init__(self, folder: Path, lambdas: Path = package.LAMBDAS) -> None:
        self.folder = folder
        self._zips = folder / "zips"
        self._zips.mkdir()
        for function in package.functions(lambdas):
            self.write_zip(function, "first")
        self.terraform = plans.scratch_copy(folder, lambdas, self._zips)

    def write_zip(self, function: str, content: str) -> None:
        """A zip that stands for the function's; other content is other code."""
        with zipfile.ZipFile(self._zips / f"{function}.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo(f"{function}/handler.py"), content)

    def root(self, environment: str) -> Path:
        return self.terraform / "environments" / environment

    def plan(self, environment: str) -> Plan:
        """The plan as `terraform show -json` prints it, of the real provider and nobody but STS to talk to."""
        return plans.load(plans.plan(self.root(environment), self.folder / f"{environment}.json"))

    def mocked(self, environment: str, with_provider: Mapping[str, str] = {}) -> Plan:
        """The plan that the mocked provider makes, every ARN of which is known.

        Raises AssertionError with what fails."""
        tests = self.root(environment) / "tests"
        tests.mkdir(exist_ok=True)
        (tests / "planned.tftest.hcl").write_text(_MOCKED)
        env = {**plans.offline("http://127.0.0.1:9"), **with_provider}
        values = [] if environment == "local" else [f"-var-file={self.root(environment).parent / 'offline.tfvars'}"]
        return next(iter(of_runs(self.root(environment), *values, env=env).values()))


def of_runs(folder: Path, *options: str, env: Mapping[str, str] | None = None) -> dict[str, Plan]:
    """The plans that the folder's `terraform test` makes, by the name of the run. Raises AssertionError."""
    done = terraform.run(folder, "test", "-json", "-verbose", *options, env=env)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    return {message["@testrun"]: message["test_plan"] for message in messages if message["type"] == "test_plan"}


def resources(plan: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """What the plan says each resource of a type will be, by address; what is known after apply only is missing."""
    return {
        change["address"]: change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == kind and change["change"]["after"] is not None
    }
