"""`orderflow-dev fuzz`: sends generated requests to the local storefront API and validates the responses."""

import argparse
from collections import Counter

from dev.fuzz import run as fuzzing
from orderflow_cli import ROOT, console
from orderflow_cli.environments import running_local_cloud

HELP = "Fuzz the storefront API of the running local cloud; exit 1 if a response violates the OpenAPI document."


def configure(parser: argparse.ArgumentParser) -> None:
    examples_help = "maximum number of random requests per operation (default: 200)"
    parser.add_argument("--examples", type=int, default=200, help=examples_help)


def run(args: argparse.Namespace) -> int:
    cloud = running_local_cloud()
    url = cloud.http_api_url(cloud.outputs()["storefront_api_id"])
    with console.step(f"schemathesis on {url}") as progress:
        outcome = fuzzing.run(url, ROOT / "reports" / "fuzz", args.examples)
        progress.failed = not outcome.passed
        progress.detail = f"{len(outcome.exchanges)} requests, {len(outcome.accepted_order_ids())} orders accepted"
    if not outcome.passed:
        console.say(outcome.report)
    counts = Counter((exchange.operation, str(exchange.status)) for exchange in outcome.exchanges)
    rows = [(*key, str(number)) for key, number in sorted(counts.items())]
    console.table("Responses", ("operation", "status", "requests"), rows, right=(2,))
    return 0 if outcome.passed else 1
