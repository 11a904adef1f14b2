"""`orderflow-dev permissions`: what the functions of the running local cloud may do, and what they used of it."""

import argparse

from dev.permissions import ledger
from orderflow_cli import console
from orderflow_cli.environments import running

HELP = "List each grant of each function of the running local cloud with its uses since it was started."


def run(args: argparse.Namespace) -> int:
    cloud = running()
    grants = [(one.grant, str(one.uses or "-"), one.unseen) for one in ledger.read(cloud)]
    rows = [(grant.role, grant.action, grant.resource, *rest) for grant, *rest in grants]
    console.table("Permissions", ("function", "may", "on", "used", "never seen, because"), rows, right=(3,))
    return 0
