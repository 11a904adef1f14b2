"""`orderflow-dev permissions`: lists the functions' grants in the running local cloud, with their uses."""

import argparse

from dev.permissions import ledger
from orderflow_cli import console
from orderflow_cli.environments import running_local_cloud

HELP = "List each grant of each function in the running local cloud, and how many different calls used it."


def run(args: argparse.Namespace) -> int:
    cloud = running_local_cloud()
    entries = [(entry.grant, str(entry.use_count or "-"), entry.unobservable_reason) for entry in ledger.read(cloud)]
    rows = [(grant.role, grant.action, grant.resource, *usage) for grant, *usage in entries]
    console.table("Permissions", ("function", "action", "resource", "uses", "why unobservable"), rows, right=(3,))
    return 0
