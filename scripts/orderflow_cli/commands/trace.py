"""`orderflow trace`: the way of one order through the functions, from their logs."""

import argparse

from orderflow_cli import UserError, console
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.observe import trace

HELP = "Show the way of one order, hop by hop, from the functions' logs."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("order_id", help="for example ord_ followed by 26 characters, as the demo prints")


def run(args: argparse.Namespace) -> int:
    cloud = LocalCloud()
    if not cloud.is_running():
        raise UserError("The local cloud does not run; `make up` starts it.")
    groups = {name: function["log_group"] for name, function in cloud.outputs()["functions"].items()}
    hops = trace.of_order(cloud.client("logs"), groups, args.order_id)
    if not hops:
        raise UserError(f"No log line names {args.order_id}; check the id, or whether its logs have expired.")
    first = hops[0].at
    rows = [
        (
            hop.at.strftime("%H:%M:%S.%f")[:-3],
            f"{(hop.at - first).total_seconds() * 1000:,.0f}",
            hop.function,
            hop.message,
            " ".join(f"{name}={value}" for name, value in hop.details.items()),
        )
        for hop in hops
    ]
    console.table(f"The way of order {args.order_id}", ("UTC", "ms", "where", "what", "details"), rows, right=(1,))
    return 0
