"""`orderflow package [function ...]`: builds the functions' deployment packages."""

import argparse
import os
import time
from pathlib import Path

from orderflow_cli import console
from orderflow_cli.build import package

HELP = "Build one reproducible zip per function into dist/, only if its inputs have changed."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("function", nargs="*", help="only these functions (default: all)")
    folder = "another team's functions, such as examples/standalone_consumer/functions; the zips go to dist/ beside it"
    parser.add_argument("--folder", type=Path, help=folder)
    parser.add_argument("--quiet", action="store_true", help="no size table")


def run(args: argparse.Namespace) -> int:
    started = time.monotonic()
    options = package.external_build_options(args.folder) if args.folder else {}
    built = package.build(args.function, on_built=print_built_zip, **options)
    if not built:
        folder = args.folder or "lambdas/"
        console.say(f"  {folder} contains no functions: a function is a folder with a handler.py.")
        return 0
    if not args.quiet:
        sizes = [map(console.format_size, (one.size, one.own_size, one.shared_size)) for one in built]
        rows = [(one.function, *texts, one.sha256[:16]) for one, texts in zip(built, sizes, strict=True)]
        columns = ("function", "zip", "own source", "shared source", "SHA-256")
        console.table(f"Zips in {_relative_to_cwd(built[0].path.parent)}/", columns, rows, right=(1, 2, 3))
    changed, elapsed = sum(1 for one in built if one.seconds), console.format_duration(time.monotonic() - started)
    console.say(f"{changed} built, {len(built) - changed} unchanged in {elapsed}.")
    return 0


def print_built_zip(built: package.FunctionZip) -> None:
    """Print the progress line of one zip."""
    note = console.format_duration(built.seconds) if built.seconds else "unchanged"
    console.say(f"  ✓ {_relative_to_cwd(built.path)}: {console.format_size(built.size)}, {note}")


def _relative_to_cwd(path: Path) -> str:
    return os.path.relpath(path)
