"""A copy of the local environment, to plan edits against the state of the running system."""

import shutil
from pathlib import Path

from orderflow_cli import ROOT
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.support.terraform_root import TerraformRoot


def copy_environment(cloud: LocalCloud, folder: Path) -> TerraformRoot:
    """Copy the configuration and return its root; zips belong in `folder / "dist"`, as in the clone's own `dist`."""
    for source in ("terraform", "lambdas"):
        shutil.copytree(ROOT / source, folder / source, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    return TerraformRoot(folder / "terraform" / "environments" / "local", cloud.env(), folder, state=False)
