"""The Terraform wrapper uses exactly the providers of the committed lock file."""

import re
from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.toolchain import terraform, terraform_provider

CONFIGURATION = """
terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100.0, < 6.0.0"
    }
  }
}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "main.tf").write_text(CONFIGURATION)
    return tmp_path / "root"


def test_provider_is_refused_when_its_hashes_differ(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_file = tmp_path / "lock.hcl"
    zeros = "0" * 64
    lock_text = terraform_provider.LOCK_FILE.read_text()
    lock_file.write_text(re.sub(r'"(h1|zh):[^"]+"', lambda match: f'"{match[1]}:{zeros}"', lock_text))
    monkeypatch.setattr(terraform_provider, "LOCK_FILE", lock_file)

    with pytest.raises(UserError, match=r"does not match the checksum in terraform/.* for .*aws 5\.100\.0"):
        terraform.run(root, "validate")


def test_provider_is_refused_when_it_is_not_in_the_lock_file(root: Path) -> None:
    providers = '    random = {\n      source = "hashicorp/random"\n    }\n    aws = {'
    (root / "main.tf").write_text(CONFIGURATION.replace("    aws = {", providers))

    with pytest.raises(UserError, match="requires other providers than"):
        terraform.run(root, "validate")
