"""Fixtures of the Terraform tests. Tests of one folder share its working files, so they run in one worker.

The marks of pytest-xdist 3.8 (`xdist_group`) have no effect under pytest 9.2, so a scheduler groups the tests."""

import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from orderflow_cli import ROOT
from orderflow_cli.build import package
from orderflow_cli.toolchain import terraform
from tests.infra.support import planning
from tests.infra.support.folders import TERRAFORM, relative_name
from tests.infra.support.planning import Plan, Planner

VERBOSE_FOLDERS = (TERRAFORM / "pipeline", TERRAFORM / "bootstrap")


class FolderScheduling(LoadScopeScheduling):
    """Groups the tests of `test_terraform.py` by tested folder and the others by file, so a group shares a worker."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        return test.partition("[")[2] if file.endswith("/test_terraform.py") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FolderScheduling:
    return FolderScheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _remove_exported_variables() -> Iterator[None]:
    """Remove exported Terraform variables, which would apply to every root."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("TF_VAR_", "TF_CLI_ARGS"))]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _build_zips() -> None:
    """Build the zips that the pipeline and examples/minimal deploy."""
    package.build()
    example_folder = ROOT / "examples" / "minimal"
    with zipfile.ZipFile(example_folder / "shop.zip", "w") as shop:
        shop.write(example_folder / "shop.py", "shop.py")


@pytest.fixture(scope="session")
def provider_env(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment variables for commands that need only the provider's schema: they share one provider process."""
    with terraform.run_provider(tmp_path_factory.mktemp("provider") / "provider.log") as provider_variables:
        yield {**os.environ, **provider_variables}


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def planner(shared_folder: Path, provider_env: dict[str, str]) -> Planner:
    """Plans environments in a copy of the configuration."""
    return Planner(shared_folder, provider_env)


@pytest.fixture(scope="module")
def mocked_local_plan(planner: Planner) -> Plan:
    return planner.mocked_plan("local")


@pytest.fixture(scope="module")
def mocked_prod_plan(planner: Planner) -> Plan:
    return planner.mocked_plan("prod")


@pytest.fixture(scope="session")
def run_tests(shared_folder: Path, provider_env: dict[str, str]) -> Callable[[Path], str]:
    """A function that runs `terraform test` in a folder, once for all workers, and returns its output."""

    def run(folder: Path) -> str:
        options = ["-verbose"] if folder in VERBOSE_FOLDERS else []
        result_file = shared_folder / f"{relative_name(folder).replace(os.sep, '_')}.tests.json"
        return planning.run_tests(result_file, folder, *options, env=provider_env)

    return run
