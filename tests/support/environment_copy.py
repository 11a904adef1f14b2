"""The local environment in another clone: what a plan over the state of the running system says of an edit."""

import shutil
from pathlib import Path

from orderflow_cli import ROOT
from orderflow_cli.local_cloud.cloud import LocalCloud
from tests.support.terraform_root import TerraformRoot


def copied(cloud: LocalCloud, folder: Path) -> TerraformRoot:
    """The environment's root, for zips in the same place beside it, so that no path differs."""
    for part in ("terraform", "lambdas"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    return TerraformRoot(folder / "terraform" / "environments" / "local", cloud.env(), folder, state=False)
