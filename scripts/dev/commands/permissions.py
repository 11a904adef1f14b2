"""`orderflow-dev permissions`: what the functions of the running local cloud may do, and what they used of it."""

import argparse

from dev.permissions import ledger
from orderflow_cli import console
from orderflow_cli.environments import running

HELP = "List each grant of each function of the running local cloud with its uses since it was started."


def run(args: argparse.Namespace) -> int:
    cloud = running()
    entries = ledger.read(cloud)
    rows = [
        (entry.grant.role, entry.grant.action, entry.grant.resource, str(entry.uses or "-"), entry.unseen)
        for entry in entries
    ]
    console.table("Permissions", ("function", "may", "on", "used", "never seen, because"), rows, right=(3,))
    return 0
