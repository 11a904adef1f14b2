"""`orderflow contracts`: finds breaking changes to the event contracts, and the consumers and producers they affect."""

import argparse
import io
import json
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from orderflow_cli import UserError, console
from orderflow_cli.build import plans
from orderflow_cli.routes import Routes, evolution, matrix, messages
from orderflow_cli.routes.evolution import Change, Verdict
from orderflow_cli.routes.settings import SETTINGS_FILE, Settings

HELP = "Compare the event contracts with those of another commit; report what breaks and for whom."


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    diff = actions.add_parser("diff", help="list the changes; exit 1 if they break an existing version")
    diff.add_argument("--against", required=True, metavar="REV", help="a commit, branch or tag")
    diff.add_argument("--contracts", type=Path, help="folder of JSON Schemas (default: from the settings)")
    settings_help = "settings file (default: ./routes.toml or, without --contracts, terraform/routes.toml)"
    diff.add_argument("--settings", type=Path, help=settings_help)
    diff.add_argument("--retire", action="append", default=[], metavar="NAME", help="retired contract to ignore")
    diff.add_argument("--plan", nargs="*", type=Path, help="JSON plans to find readers in (default: all environments)")
    diff.add_argument("--format", choices=("table", "json"), default="table")


def run(args: argparse.Namespace) -> int:
    settings = Settings.find(args.settings, None if args.contracts else plans.TERRAFORM_FOLDER / SETTINGS_FILE)
    folder = (args.contracts or settings.contracts_folder or Path()).resolve()
    settings = replace(settings, contracts_folder=folder)
    prefix = settings.source_prefix
    new_contracts = messages.load(folder, source_prefix=prefix)
    with tempfile.TemporaryDirectory() as scratch:
        old_contracts = messages.load(_extract_contracts(args.against, folder, Path(scratch)), source_prefix=prefix)
    changes = [one for one in evolution.changes(old_contracts, new_contracts) if one.contract.name not in args.retire]
    names_by_change = _affected_names(args, settings, [change for change in changes if change.is_breaking])
    _report(args, changes, names_by_change)
    return 1 if any(change.is_breaking for change in changes) else 0


def _extract_contracts(revision: str, folder: Path, scratch: Path) -> Path:
    """Extract the contracts of a revision into `scratch`, and return the folder that contains them."""
    repository = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    path = folder.relative_to(repository.resolve())
    archive = _git(repository, "archive", "--format=tar", revision, str(path))
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(scratch, filter="data")
    return scratch / path


def _git(folder: Path, *arguments: str) -> bytes:
    process = subprocess.run(["git", "-C", str(folder), *arguments], check=False, capture_output=True)
    if process.returncode != 0:
        raise UserError(f"git {arguments[0]} failed: {process.stderr.decode().strip()}")
    return process.stdout


def _affected_names(args: argparse.Namespace, settings: Settings, changes: Sequence[Change]) -> dict[Change, list[str]]:
    """Return, by breaking change, the affected consumers or producers in the contract and the readers of the field."""
    if not changes:
        return {}
    files = {one.stem: one for one in args.plan} if args.plan is not None else plans.create_plans()
    all_routes = [Routes.read(file, settings, plans.ENVIRONMENTS_FOLDER / name) for name, file in files.items()]
    names_by_change: dict[Change, list[str]] = {}
    for change in changes:
        contract, consumers, producers = change.contract, change.contract.consumers or (), change.contract.producers
        names = [] if change.verdict is Verdict.BREAKS_PRODUCERS else [f"{name} (x-consumers)" for name in consumers]
        names += [] if change.verdict is Verdict.BREAKS_CONSUMERS else [f"{name} (x-producers)" for name in producers]
        if change.path and change.verdict is not Verdict.BREAKS_PRODUCERS:
            path = f"detail.{change.path}" if contract.carrier == "bus" else change.path
            for routes in all_routes:
                readers = matrix.contract_readers(routes, contract, path)
                names += [f"{name} ({condition})" for name, condition in readers]
        names_by_change[change] = list(dict.fromkeys(names))
    return names_by_change


def _report(args: argparse.Namespace, changes: Sequence[Change], names_by_change: Mapping[Change, list[str]]) -> None:
    if args.format == "json":
        entries = [
            {"contract": one.contract.name, "path": one.path, "what": one.summary, "verdict": str(one.verdict)}
            | {"affected": names_by_change.get(one, [])}
            for one in changes
        ]
        console.say(json.dumps(entries, indent=2, ensure_ascii=False))
        return
    rows = []
    for change in changes:
        names_text = ", ".join(names_by_change.get(change, []))
        rows.append((change.contract.name, change.path, change.summary, str(change.verdict), names_text))
    if rows:
        columns = ("contract", "field", "change", "verdict", "breaks")
        console.table(f"Contracts since {args.against}", columns, rows)
    broken_contracts_text = ", ".join(sorted({one.contract.name for one in changes if one.is_breaking}))
    console.say(f"  {len(changes)} contract changes; broken without a new version: {broken_contracts_text or 'none'}")
