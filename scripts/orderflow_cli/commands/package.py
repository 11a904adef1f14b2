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
    help_text = "build the functions in this folder instead of lambdas/; the zips go to dist/ beside this folder"
    parser.add_argument("--folder", type=Path, help=help_text)
    parser.add_argument("--quiet", action="store_true", help="no size table")


def run(args: argparse.Namespace) -> int:
    start = time.monotonic()
    options = package.external_build_options(args.folder) if args.folder else {}
    zips = package.build(args.function, on_ready=print_zip, **options)
    if not zips:
        folder = args.folder or "lambdas/"
        console.say(f"  {folder} contains no functions: a function is a folder with a handler.py.")
        return 0
    if not args.quiet:
        sizes = [map(console.format_size, (one.size, one.own_size, one.shared_size)) for one in zips]
        rows = [(one.function, *texts, one.sha256[:16]) for one, texts in zip(zips, sizes, strict=True)]
        columns = ("function", "zip", "own source", "shared source", "SHA-256")
        console.table(f"Zips in {_relative_to_cwd(zips[0].path.parent)}/", columns, rows, right=(1, 2, 3))
    built_count, duration = sum(1 for one in zips if one.seconds), console.format_duration(time.monotonic() - start)
    console.say(f"{built_count} built, {len(zips) - built_count} unchanged in {duration}.")
    return 0


def print_zip(function_zip: package.FunctionZip) -> None:
    """Print the line of one zip, which was built or is unchanged."""
    note = console.format_duration(function_zip.seconds) if function_zip.seconds else "unchanged"
    console.say(f"  ✓ {_relative_to_cwd(function_zip.path)}: {console.format_size(function_zip.size)}, {note}")


def _relative_to_cwd(path: Path) -> str:
    return os.path.relpath(path)
