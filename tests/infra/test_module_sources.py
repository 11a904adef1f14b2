"""A module can be sourced from a relative folder and from Git, as terraform/modules/README.md says."""

import subprocess
from pathlib import Path

import pytest

from orderflow_cli import ROOT
from orderflow_cli.toolchain import terraform

ROOT_WITH_A_MODULE = """\
module "queue" {{
  source = "{source}"

  name        = "shop"
  kms_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-2222-3333-4444-555555555555"
}}
"""


@pytest.mark.parametrize("kind", ["relative", "git"])
def test_module_can_be_used_from_another_repository(tmp_path: Path, kind: str, provider_env: dict[str, str]) -> None:
    if kind == "git":
        subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{ROOT}", tmp_path / "fork"], check=True)
        source = f"git::file://{tmp_path}/fork//terraform/modules/queue"
    else:
        (tmp_path / "orderflow").symlink_to(ROOT)
        source = "../orderflow/terraform/modules/queue"
    root = tmp_path / "root"
    root.mkdir()
    (root / "main.tf").write_text(ROOT_WITH_A_MODULE.format(source=source))

    result = terraform.run(root, "validate", "-no-color", env=provider_env)

    assert result.returncode == 0, result.stdout + result.stderr
