"""`orderflow-dev audit`: known vulnerabilities in what the locks pin."""

import argparse
import subprocess
import sys
from pathlib import Path

from orderflow_cli import ROOT, UserError, console

HELP = "Look the locked packages up in the index's list of known vulnerabilities; exit 1 if one is affected."
LOCKS = ("lambda", "bootstrap", "dev", "ministack", "localemu", "checkov")
# What pip-audit says when it could not ask, which must not pass for "nothing found".
_NOT_ASKED = ("ConnectionError", "Max retries exceeded", "timed out", "ProxyError", "could not be audited")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("lock", nargs="*", help=f"only these: {', '.join(LOCKS)} (default: all)")


def command(lock: Path) -> list[str]:
    """Only what the lock names is asked for, by its hashes; nothing is installed or resolved."""
    tool = Path(sys.executable).parent / "pip-audit"
    arguments = ["--requirement", str(lock), "--require-hashes", "--disable-pip", "--strict", "--progress-spinner=off"]
    return [str(tool), *arguments]


def run(args: argparse.Namespace) -> int:
    if unknown := sorted(set(args.lock) - set(LOCKS)):
        raise UserError(f"There is no lock {', '.join(unknown)}; choose from {', '.join(LOCKS)}.")
    failed = 0
    for name in args.lock or LOCKS:
        with console.step(f"requirements/{name}.txt") as progress:
            asked = command(ROOT / "requirements" / f"{name}.txt")
            done = subprocess.run(asked, check=False, capture_output=True, text=True)
            progress.failed = done.returncode != 0
        if done.returncode == 0:
            continue
        if any(sign in done.stderr for sign in _NOT_ASKED):
            raise UserError(
                "The list of vulnerabilities cannot be had from the package index (a mirror has none): "
                f"{done.stderr.strip().splitlines()[-1]}; connect to the index itself and run it again."
            )
        failed += 1
        console.say((done.stdout + done.stderr).strip())
    return 1 if failed else 0
