"""Tests of one Terraform folder share its working files, so they run in one worker; folders run beside each other."""

from pathlib import Path

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = getattr(item, "callspec", None) and item.callspec.params.get("folder")
        group = str(folder) if isinstance(folder, Path) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
