"""The checks that run no test: style, types, and whether what is generated is what its source says."""

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from orderflow_cli import ROOT
from orderflow_cli.toolchain import terraform_binary

TERRAFORM_IN = ("terraform", "examples", "tests")
"""The folders that hold Terraform files."""

_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """`command` is called when the check runs: finding terraform may mean to fetch it."""

    name: str
    command: Callable[[], Sequence[str | Path]]
    way_out: str


@dataclass(frozen=True)
class Outcome:
    check: Check
    passed: bool
    seconds: float
    output: str


def shell_scripts(root: Path = ROOT) -> list[Path]:
    """By their ending, or by their first line where they have none."""
    files = [path for folder in (".ci", "scripts", "examples") for path in (root / folder).rglob("*")]
    return sorted(path for path in files if path.is_file() and _is_shell(path))


def _is_shell(path: Path) -> bool:
    if path.suffix:
        return path.suffix == ".sh"
    with path.open("rb") as file:
        first = file.readline(64)
    return first.startswith(b"#!") and b"sh" in first.rpartition(b"/")[2]


LINT = (
    Check("ruff", lambda: [_BIN / "ruff", "check", "--quiet", ROOT], "`make fmt` repairs what can be repaired"),
    Check("ruff format", lambda: [_BIN / "ruff", "format", "--check", "--quiet", ROOT], "`make fmt` does it"),
    Check("shellcheck", lambda: [_BIN / "shellcheck", *shell_scripts()], "each finding names its page"),
    Check("zizmor", lambda: [_BIN / "zizmor", "--offline", "--quiet", ROOT / ".github"], "each finding names its page"),
    Check(
        "terraform fmt",
        lambda: [terraform_binary.find(), "fmt", "-check", "-recursive", *(ROOT / name for name in TERRAFORM_IN)],
        "`make fmt` does it",
    ),
)
TYPES = (Check("mypy", lambda: [_BIN / "mypy"], "pyproject.toml says what is checked"),)


def _drift(name: str) -> Check:
    command = [str(ROOT / "scripts" / "orderflow-dev"), name, "check"]
    return Check(f"{name} drift", lambda: command, f"`scripts/orderflow-dev {name} generate` writes it")


DRIFT = (_drift("contracts"), _drift("docs"))


def run(check: Check) -> Outcome:
    started = time.monotonic()
    command = [str(part) for part in check.command()]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    output = (done.stdout + done.stderr).strip()
    return Outcome(check, done.returncode == 0, time.monotonic() - started, output)
