"""Tests of one Terraform folder share its working files, so they run in one worker; folders run beside each other.

Marks of pytest-xdist 3.8 (`xdist_group`) are without effect under pytest 9.2, so the scheduler says it."""

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
from tests.infra.support.folders import TERRAFORM, name_of
from tests.infra.support.planning import Planner

WITH_PLANS = (TERRAFORM / "pipeline", TERRAFORM / "bootstrap")


class Scopes(LoadScopeScheduling):
    """By the folder that `test_terraform.py` is asked to test, else by file: what shares a fixture shares a worker."""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        return test.partition("[")[2] if file.endswith("/test_terraform.py") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scopes:
    return Scopes(config, log)


@pytest.fixture(scope="session", autouse=True)
def _no_variables_of_the_caller() -> Iterator[None]:
    """Values that somebody exported for their own environment would be put into every root here."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("TF_VAR_", "TF_CLI_ARGS"))]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _zips() -> None:
    """What the pipeline and the smallest example deploy."""
    package.build()
    minimal = ROOT / "examples" / "minimal"
    with zipfile.ZipFile(minimal / "shop.zip", "w") as shop:
        shop.write(minimal / "shop.py", "shop.py")


@pytest.fixture(scope="session")
def with_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """This environment, for commands that only need to know what the provider's resources look like."""
    with terraform.run_provider(tmp_path_factory.mktemp("provider") / "provider.log") as attached:
        yield {**os.environ, **attached}


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session have in common."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def planner(shared: Path, with_provider: dict[str, str]) -> Planner:
    """A copy of the configuration to plan environments in."""
    return Planner(shared, with_provider)


@pytest.fixture(scope="session")
def tested(shared: Path, with_provider: dict[str, str]) -> Callable[[Path], str]:
    """What `terraform test` says of a folder, with the plans that other tests read; asked once for all workers."""

    def said(folder: Path) -> str:
        options = ["-verbose"] if folder in WITH_PLANS else []
        kept = shared / f"{name_of(folder).replace(os.sep, '_')}.tests.json"
        return planning.tested(kept, folder, *options, env=with_provider)

    return said
