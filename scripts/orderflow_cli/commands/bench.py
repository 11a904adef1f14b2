"""`orderflow bench [name]`: measurements on the local cloud, each a program under tests/bench."""

import argparse
import os
import sys

from orderflow_cli import ROOT
from orderflow_cli.processes import foreground

HELP = "Measure on the local cloud: many mixed orders, a burst, customers before and after the move."
NAMES = ("mixed_orders", "burst", "migration")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "orderflow bench [name ...] [-- arguments of one]"
    parser.add_argument("name", nargs="*", choices=[*NAMES, []], help=f"only these: {', '.join(NAMES)} (default: all)")


def run(args: argparse.Namespace) -> int:
    folders = [str(ROOT / folder) for folder in ("scripts", "lambdas", ".")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    codes = [
        foreground([sys.executable, "-m", f"tests.bench.{name}", *args.rest], cwd=ROOT, env=environment)
        for name in args.name or NAMES
    ]
    return max(codes)
