import shutil
from pathlib import Path

import pytest

from dev.generate.contracts import files
from orderflow_cli import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the contracts, the OpenAPI source, one Terraform module, and all files generated from them."""
    for folder in (files.CONTRACTS_FOLDER, files.CATALOG_FILE.parent, Path("terraform/modules/queue")):
        ignore = shutil.ignore_patterns("__pycache__", ".terraform*")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    for file in (files.OPENAPI_SOURCE_FILE, files.OPENAPI_FILE):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path
