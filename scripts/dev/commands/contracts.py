"""`orderflow-dev contracts`: generates what follows from the contract schemas, and checks that it was."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dev.generate.contracts import bundle, catalog, files
from dev.generate.contracts.subset import SubsetError
from orderflow_cli import ROOT, UserError, console

HELP = "Generate validators, types, registry schemas and docs/events.md from the contract schemas, or check them."
_WAY_OUT: Final = "run `orderflow-dev contracts generate` and commit the result"
_SENTENCES: Final = {
    "missing": "is missing",
    "outdated": "is not what the schemas say",
    "unknown": "follows from no schema",
}


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    actions.add_parser("generate", help="write every generated file that differs")
    actions.add_parser("check", help="exit 1 if a generated file differs, and name it")
    shown = actions.add_parser("catalog", help="show the events, or the fields of one")
    shown.add_argument("event", nargs="?", help="an event type, for example OrderPlaced")


def run(args: argparse.Namespace) -> int:
    try:
        return _ACTIONS[args.action](args, ROOT)
    except SubsetError as error:
        raise UserError(f"{files.CONTRACTS}: {error}") from None


def _generate(_args: argparse.Namespace, root: Path) -> int:
    changed = files.write(root)
    for path in changed:
        console.say(f"  wrote {path}" if (root / path).exists() else f"  removed {path}")
    console.say(f"{len(changed)} generated files changed" if changed else "every generated file was up to date")
    return 0


def _check(_args: argparse.Namespace, root: Path) -> int:
    differences = files.drift(root)
    for difference in differences:
        console.warn(f"{difference.path} {_SENTENCES[difference.why]}: {_WAY_OUT}")
    if not differences:
        console.say("every file generated from the contracts is up to date")
    return 1 if differences else 0


def _catalog(args: argparse.Namespace, root: Path) -> int:
    contracts = bundle.load(root / files.CONTRACTS / "schemas")
    if args.event is None:
        columns = ("event", "carried by", "published by", "received by", "meaning")
        console.table("Events", columns, catalog.overview_rows(contracts))
        return 0
    chosen = [one for one in contracts if args.event in (one.event_type, one.name)]
    if not chosen:
        known = ", ".join(one.event_type for one in contracts)
        raise UserError(f"there is no event {args.event}: choose one of {known}")
    for contract in chosen:
        rows = [(name, kind, required, meaning) for name, kind, required, meaning in catalog.field_rows(contract.data)]
        console.table(
            f"{contract.name}: {contract.schema['description']}", ("field", "type", "required", "meaning"), rows
        )
    return 0


_ACTIONS: Final[dict[str, Callable[[argparse.Namespace, Path], int]]] = {
    "generate": _generate,
    "check": _check,
    "catalog": _catalog,
}
