import shutil
from pathlib import Path

import pytest

from dev.generate.contracts import files
from orderflow_cli import ROOT


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the contracts, their examples and everything generated from them."""
    for folder in ("schemas", "examples", "generated"):
        source = ROOT / files.CONTRACTS / folder
        shutil.copytree(source, tmp_path / files.CONTRACTS / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in (files.CATALOG, files.OPENAPI_SOURCE, files.OPENAPI):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path
