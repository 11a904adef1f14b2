"""Adding a subscriber takes one map entry: the diff in CONTRIBUTING.md is applied to a copy and planned."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from orderflow_cli import ROOT
from orderflow_cli.build import package
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.support.environment_copy import copy_environment

SECTION = (ROOT / "CONTRIBUTING.md").read_text().partition("## Add a subscriber\n")[2].partition("\n## ")[0]


@pytest.mark.proves("extending/subscriber", by="planned")
def test_plan_of_the_documented_diff_matches_the_documented_plan(cloud: LocalCloud, tmp_path: Path) -> None:
    (diff,) = re.findall(r"```diff\n(.*?)```", SECTION, re.DOTALL)
    (expected_text,) = re.findall(r"```\n(create.*?)```", SECTION, re.DOTALL)
    root = copy_environment(cloud, tmp_path)
    shutil.copytree(package.DIST_FOLDER, tmp_path / "dist")

    _apply(diff, tmp_path)
    changes = root.changes("-refresh=false")

    # Creating a resource sets all its attributes, so only other changes list them.
    change_texts = [str(one).partition(" (")[0] if one.actions == ("create",) else str(one) for one in changes]
    assert sorted(change_texts) == sorted(expected_text.splitlines())


def _apply(diff: str, folder: Path) -> None:
    # The folder may be inside another Git repository, which must not be patched instead.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    subprocess.run(["git", "apply", "-"], cwd=folder, env=environment, input=diff, text=True, check=True)
