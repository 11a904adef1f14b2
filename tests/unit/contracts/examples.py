"""The examples of the contracts, as test parameters.

`examples/<contract>/valid/` has valid events. Each named entry of `examples/<contract>/invalid.json` has the valid
example to change (`of`, by default `complete`), JSON pointers to `set` or `remove`, and the error that results."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orderflow_cli import ROOT

CONTRACTS_FOLDER = ROOT / "lambdas" / "contracts"
EXAMPLES_FOLDER = CONTRACTS_FOLDER / "examples"


def valid_params() -> list[Any]:
    paths = sorted(EXAMPLES_FOLDER.glob("*/valid/*.json"))
    return [pytest.param(load(path), id=f"{path.parent.parent.name}-{path.stem}") for path in paths]


def invalid_params() -> list[Any]:
    return [pytest.param(case, id=f"{case['contract']}-{case['name']}") for case in invalid_cases()]


def invalid_cases() -> Iterator[Any]:
    """Yield every invalid example as `{"contract", "name", "event", "field", "reason", "code"}`."""
    for path in sorted(EXAMPLES_FOLDER.glob("*/invalid.json")):
        contract = path.parent.name
        for name, case in load(path).items():
            event = example(contract, case.get("of", "complete"))
            for pointer, value in case.get("set", {}).items():
                owner, key = _find_parent(event, pointer)
                owner[key] = value
            for pointer in case.get("remove", []):
                owner, key = _find_parent(event, pointer)
                del owner[key]
            yield {"contract": contract, "name": name, "event": event, **case}


def example(contract: str, name: str = "complete") -> Any:
    """Return a new copy of a valid example, for instance ("OrderPlaced.v1", "till_receipt")."""
    return load(EXAMPLES_FOLDER / contract / "valid" / f"{name}.json")


def load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _find_parent(owner: Any, pointer: str) -> tuple[Any, Any]:
    _, *parent_keys, last_key = pointer.split("/")
    for key in parent_keys:
        owner = owner[int(key) if isinstance(owner, list) else key]
    return owner, int(last_key) if isinstance(owner, list) else last_key
