"""Plans environments for tests: with a mocked provider, and with the real one in an empty account.

The mocked provider knows every ARN, so tests can read complete policies. The real one shows what it would send to AWS,
including the tags that it adds, without values known only after apply."""

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
_MOCKED_RUN = """mock_provider "aws" {
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


def load_or_create[T](result_file: Path, create_result: Callable[[], T]) -> T:
    """Return the result of `create_result`. The first worker writes it to the file, which the others read."""
    with result_file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not result_file.exists():
            result_file.write_text(json.dumps(create_result()))
    result: T = json.loads(result_file.read_text())
    return result


class Planner:
    """Plans environments in a copy of the configuration with its own zips. Workers that share its folder make
    each plan only once."""

    def __init__(self, folder: Path, env: Mapping[str, str], lambdas_folder: Path = package.LAMBDAS_FOLDER) -> None:
        self.folder, self.terraform = folder, folder / "terraform"
        self._env = env
        load_or_create(folder / "copied.json", lambda: self._prepare_configuration(lambdas_folder))

    def _prepare_configuration(self, lambdas_folder: Path) -> None:
        zip_folder = self.folder / "zips"
        zip_folder.mkdir()
        for function in package.functions(lambdas_folder):
            with zipfile.ZipFile(zip_folder / f"{function}.zip", "w") as archive:
                archive.writestr(zipfile.ZipInfo(f"{function}/handler.py"), "first")
        copy = plans.copy_configuration(self.folder, lambdas_folder, zip_folder)
        for name in plans.environments(copy):
            self._add_run(name)  # before any root is initialised

    def _add_run(self, environment: str) -> None:
        tests_folder = self.root(environment) / "tests"
        tests_folder.mkdir()
        (tests_folder / "planned.tftest.hcl").write_text(_MOCKED_RUN)

    def root(self, environment: str) -> Path:
        return self.terraform / "environments" / environment

    def plan(self, environment: str) -> Plan:
        """Return the real provider's plan as `terraform show -json` prints it; the provider calls only a fake STS."""
        file = self.folder / f"{environment}.plan"
        return load_or_create(file.with_suffix(".json"), lambda: plans.load(plans.plan(self.root(environment), file)))

    def mocked_plan(self, environment: str) -> Plan:
        """Return the plan that the mocked provider makes, in which every ARN is known."""
        root = self.root(environment)
        if not (root / "tests").exists():
            self._add_run(environment)
        env = {**plans.offline_variables("http://127.0.0.1:9"), **self._env}
        values = [] if environment == "local" else [f"-var-file={root.parent / 'offline.tfvars'}"]
        output = run_tests(self.folder / f"{environment}.mocked.json", root, "-verbose", *values, env=env)
        (plan,) = plans_by_run(output).values()
        return plan


def run_tests(result_file: Path, folder: Path, *options: str, env: Mapping[str, str]) -> str:
    """Return the output of `terraform test` for the folder. Raises AssertionError with its failures and warnings."""

    def test() -> tuple[int, str, str]:
        result = terraform.run(folder, "test", "-json", *options, env=env)
        return result.returncode, _remove_schemas(result.stdout), result.stderr

    code, output, errors = load_or_create(result_file, test)
    assert code == 0, runs.report(output) + errors
    assert runs.warnings(output) == []
    return output


def _remove_schemas(output: str) -> str:
    """Remove the provider's schemas, 14 MB per plan, from the output of `terraform test -json -verbose`."""
    messages = list(map(json.loads, output.splitlines()))
    for message in messages:
        message.get("test_plan", {}).pop("provider_schemas", None)
    return "\n".join(map(json.dumps, messages))


def plans_by_run(output: str) -> dict[str, Plan]:
    """Return the plans in the output of `terraform test -json -verbose` by the name of the run."""
    messages = map(json.loads, output.splitlines())
    return {message["@testrun"]: message["test_plan"] for message in messages if message["type"] == "test_plan"}


def resources(plan: Mapping[str, Any], kind: str) -> dict[str, dict[str, Any]]:
    """Return the values of one type's planned resources by address, without values known only after apply."""
    return {
        change["address"]: change["change"]["after"]
        for change in plan["resource_changes"]
        if change["type"] == kind and change["change"]["after"] is not None
    }
