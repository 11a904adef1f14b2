"""`orderflow-dev bench [name ...]`: measurements on the local cloud, each a program under scripts/bench."""

import argparse
import os
import sys

from orderflow_cli import ROOT, UserError
from orderflow_cli.toolchain.processes import foreground

HELP = "Measure on the local cloud: many mixed orders, a burst, customers before and after a move, new streams."
PROGRAMS = ROOT / "scripts" / "bench"
NAMES = sorted(path.stem for path in PROGRAMS.glob("*.py") if "def main(" in path.read_text())


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "orderflow-dev bench [name ...] [-- arguments of the one that is named]"
    parser.add_argument("name", nargs="*", type=known, help=f"only these: {', '.join(NAMES)} (default: all)")


def known(name: str) -> str:
    if name not in NAMES:
        raise argparse.ArgumentTypeError(f"must be one of {', '.join(NAMES)}; got {name}")
    return name


def run(args: argparse.Namespace) -> int:
    if args.rest and len(args.name) != 1:
        raise UserError("Name the one bench that the arguments behind -- are for.")
    paths = [str(ROOT / folder) for folder in ("scripts", "lambdas", ".")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    codes = [
        foreground([sys.executable, "-m", f"bench.{name}", *args.rest], cwd=ROOT, env=environment)
        for name in args.name or NAMES
    ]
    return max(codes)
