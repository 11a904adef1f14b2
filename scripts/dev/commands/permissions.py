"""`orderflow-dev permissions`: what the roles of the running local cloud may do, and what was used of it."""

import argparse
import os
import sys
from collections import Counter

from dev import tiers
from dev.permissions import applied, ledger, listed
from dev.permissions.grants import Grant
from dev.permissions.listed import Entry
from orderflow_cli import ROOT, UserError, console
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.toolchain.processes import foreground

HELP = "Compare docs/permissions.md with what the functions of the local cloud used; `prove` takes grants away."
# Long enough for what works: a test that waits in vain for what a grant would have made need not wait for a minute.
PATIENCE_SECONDS = "30"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("show", "prove"), default="show")
    parser.add_argument("--role", help="prove: only the grants of this role")
    parser.add_argument("--grant", help="prove: only this action (`dynamodb:GetItem`)")


def run(args: argparse.Namespace) -> int:
    entries = listed.read(_functions())
    if args.action == "prove":
        return _prove(_chosen(entries, args.role, args.grant))
    cloud = LocalCloud()
    if not cloud.is_running():
        raise UserError("The local cloud does not run; `make up` starts it.")
    return _show(cloud, entries)


def _functions() -> list[str]:
    return sorted(handler.parent.name for handler in (ROOT / "lambdas").glob("*/handler.py"))


def _show(cloud: LocalCloud, entries: list[Entry]) -> int:
    calls = applied.called(cloud)
    rows = []
    for entry in entries:
        used = sum(ledger.allows(entry.grant, call) for call in calls)
        seen = str(used) if used else "-"
        rows.append((entry.grant.role, entry.grant.action, entry.grant.resource, seen, entry.unseen))
    console.table("Permissions", ("role", "may", "on", "used", "never seen, because"), rows, right=(3,))
    ungranted = ledger.ungranted((entry.grant for entry in entries), calls)
    for call in ungranted:
        console.say(f"  ✗ {call} is called and not granted")
    counts = Counter(bool(entry.unseen) for entry in entries)
    console.say(f"  {len(entries)} grants, {counts[True]} of them with a reason for being unseen; {len(calls)} uses")
    return 1 if ungranted else 0


def _chosen(entries: list[Entry], role: str | None, action: str | None) -> list[Entry]:
    """The grants that the emulator asks for, each action of a role on a resource once: it knows no detail types."""
    asked = {
        (entry.grant.role, entry.grant.action, entry.grant.resource): entry
        for entry in reversed(entries)
        if not entry.unseen and role in (None, entry.grant.role) and action in (None, entry.grant.action)
    }
    if not asked:
        raise UserError("docs/permissions.md lists no such grant that can be seen in use.")
    return list(asked.values())[::-1]


def _prove(entries: list[Entry]) -> int:
    if _failed(" or ".join(sorted({entry.fails for entry in entries}))):
        raise UserError("Tests fail with every grant in place; what fails without one would prove nothing.")
    rows, needless = [], 0
    for entry in entries:
        failed = _failed(entry.fails, entry.grant)
        needless += not failed
        rows.append((entry.grant.role, entry.grant.action, entry.grant.resource, entry.fails, "✓" if failed else "✗"))
    columns = ("role", "without", "on", "test", "failed")
    console.table("What fails without a grant", columns, rows)
    return 1 if needless else 0


def _failed(tests: str, without: Grant | None = None) -> bool:
    """Whether one of the tests failed in a session of its own, on a local cloud whose role has not the grant."""
    env = {**os.environ, **tiers.environment(), "ORDERFLOW_E2E_PATIENCE": PATIENCE_SECONDS}
    if without is not None:
        env["ORDERFLOW_E2E_WITHOUT"] = f"{without.role} {without.action} {without.resource}"
    console.say(f"\nwithout {without}" if without else "\nwith every grant")
    selected = [f"{ROOT / 'tests' / 'e2e'}", "-k", tests, "-q", "--no-header", "--tb=line"]
    code = foreground([sys.executable, "-m", "pytest", *selected], cwd=ROOT, env=env)
    if code not in (0, 1):
        raise UserError(f"{tests} could not be run (pytest ended with code {code}).")
    return code == 1
