"""Tests of one Terraform folder share its working files, so they run in one worker; folders run beside each other."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.support import provider


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = getattr(item, "callspec", None) and item.callspec.params.get("folder")
        group = str(folder) if isinstance(folder, Path) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="session", autouse=True)
def _no_variables_of_the_caller() -> Iterator[None]:
    """Values that somebody exported for their own environment would be put into every root here."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("TF_VAR_", "TF_CLI_ARGS"))]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def with_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """This environment, for commands that only need to know what the provider's resources look like."""
    with provider.kept_running(tmp_path_factory.mktemp("provider") / "provider.log") as attached:
        yield {**os.environ, **attached}
