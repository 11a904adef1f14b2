"""`orderflow-dev fmt`: what the lint checks can repair by themselves."""

import argparse
import subprocess
import sys
from pathlib import Path

from dev.checks import TERRAFORM_IN
from orderflow_cli import ROOT, console
from orderflow_cli.toolchain import terraform_binary

HELP = "Format Python and Terraform, and repair the lint findings that can be repaired."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", nargs="*", type=Path, default=[ROOT], help="only these Python files or folders")


def run(args: argparse.Namespace) -> int:
    ruff = str(Path(sys.executable).parent / "ruff")
    codes = [
        subprocess.run([ruff, "check", "--fix", *args.path], check=False).returncode,
        subprocess.run([ruff, "format", *args.path], check=False).returncode,
    ]
    if args.path == [ROOT]:
        command = [str(terraform_binary.find()), "fmt", "-recursive", *(str(ROOT / name) for name in TERRAFORM_IN)]
        codes.append(subprocess.run(command, check=False).returncode)
    if any(codes):
        console.warn("Some findings above need a person.")
    return 1 if any(codes) else 0
