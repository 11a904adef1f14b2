"""`orderflow clean`: removes the generated files from this clone. Needs no installed packages."""

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

from orderflow_cli import ROOT, console
from orderflow_cli.commands import down

HELP = "Stop the local cloud and remove generated files: venvs, tools, zips, reports, state, receipts, logs, caches."
GENERATED_NAMES = (".venv", ".venv-ministack", ".venv-localemu", ".venv-checkov", ".tools", ".local", "dist", "reports")
CACHE_NAMES = (".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis")
_SOURCE_FOLDERS = ("terraform", "examples", "lambdas", "scripts", "tests")
# The state of terraform/bootstrap describes real resources; that of other roots, if on disk, only local ones.
_KEPT_PATTERNS = ("terraform/.terraform.lock.hcl", "terraform/bootstrap/terraform.tfstate*")
_ARTIFACT_NAMES = ("__pycache__", ".terraform", "terraform.tfstate", "terraform.tfstate.backup", ".terraform.lock.hcl")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only list what would be removed")


def run(args: argparse.Namespace) -> int:
    paths = list(generated_paths(ROOT))
    if args.dry_run:
        for path in paths:
            console.emit(str(path.relative_to(ROOT)))
        return 0
    actions = ["stopped the local cloud"] if down.is_running() else []
    down.stop()
    for path in paths:
        remove(path)
    if paths:
        actions.append(f"cleaned {', '.join(sorted({path.relative_to(ROOT).parts[0] for path in paths}))}")
    console.say(f"Done: {', '.join(actions)}." if actions else "There was nothing to clean.")
    return 0


def generated_paths(root: Path) -> Iterator[Path]:
    """Yield the paths that git does not track and that commands create, but not the state of terraform/bootstrap."""
    yield from (root / name for name in (*GENERATED_NAMES, *CACHE_NAMES) if (root / name).exists())
    yield from root.glob("examples/*/dist")
    for folder in _SOURCE_FOLDERS:
        for name in _ARTIFACT_NAMES:
            for path in sorted((root / folder).rglob(name)):
                is_in_removed_folder = any(parent.name in _ARTIFACT_NAMES for parent in path.relative_to(root).parents)
                if not is_in_removed_folder and not any(map(path.match, _KEPT_PATTERNS)):
                    yield path


def remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
