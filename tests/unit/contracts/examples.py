"""The examples beside the schemas, as test parameters."""

import json
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli import ROOT

CONTRACTS = ROOT / "lambdas" / "contracts"
EXAMPLES = CONTRACTS / "examples"


def valid() -> list[Any]:
    return [pytest.param(load(path), id=_id(path)) for path in sorted(EXAMPLES.glob("*/valid/*.json"))]


def invalid() -> list[Any]:
    return [pytest.param(load(path), id=_id(path)) for path in sorted(EXAMPLES.glob("*/invalid/*.json"))]


def example(contract: str, name: str = "complete") -> Any:
    """A fresh copy of a valid example, for example ("OrderPlaced.v1", "till_receipt")."""
    return load(EXAMPLES / contract / "valid" / f"{name}.json")


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _id(path: Path) -> str:
    return f"{path.parent.parent.name}-{path.stem}"
