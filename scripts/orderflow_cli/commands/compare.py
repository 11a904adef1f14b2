"""`orderflow compare`: measures a temporary bus against a temporary topic with the same payloads."""

import argparse
import json
from contextlib import nullcontext
from typing import TYPE_CHECKING

from orderflow_cli import console
from orderflow_cli.arguments import whole_number
from orderflow_cli.environments import add_environment_options, connect, convert_aws_errors, require_write

if TYPE_CHECKING:
    from orderflow_cli.terminal.compare import Result

HELP = "Measure a bus against a topic with the same payloads, and explain when to use which."
INTERRUPTION_MESSAGE = "interrupted; no temporary bus, topic or queue is left"
MAX_MESSAGE_BYTES = 256 * 1024 // 10
"""The ten messages of a batch share 256 KB: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html"""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Creates a temporary bus, topic and two queues, and removes them. On AWS it shows the cost and asks first. "
        "Exit code 0: both delivered everything; 1: they did not, as the output explains; 2: wrong usage."
    )
    add, messages, size = parser.add_argument, whole_number(maximum=1_000_000), whole_number(maximum=MAX_MESSAGE_BYTES)
    add("--messages", type=messages, default=200, metavar="N", help="messages per service (default 200)")
    add("--size", type=size, default=1000, metavar="BYTES", help="size of each message (default 1000)")
    add("--yes", action="store_true", help="skip the confirmation")
    add_environment_options(parser, writes=True)


def run(args: argparse.Namespace) -> int:
    from orderflow_cli.terminal import compare

    require_write(args)
    with convert_aws_errors():
        cloud = connect(args.environment, args.project)
        price = compare.cost(args.messages, args.size)
        question = f"This costs about {price:.4f} USD in {args.environment}. Continue?"
        if not (cloud.is_local or args.yes or console.confirm(question)):
            console.say("Nothing was measured.")
            return 1
        payloads = compare.payloads(args.messages, args.size)
        reapply_guard = cloud.local.prevent_reapply() if cloud.local else nullcontext()
        with reapply_guard, compare.temporary_resources(cloud) as resources:
            results = []
            for carrier in ("bus", "topic"):
                with console.step(f"{console.pluralize(args.messages, 'message')} through the {carrier}"):
                    results.append(resources.measure(carrier, payloads))
    bus, topic = results
    recommendation = compare.recommendation(bus, topic)
    if args.json:
        figures = {
            result.carrier: {
                "sent": result.sent_count,
                "delivered": result.delivery_rate,
                "per_second": result.messages_per_second,
                "milliseconds": result.percentiles,
                "histogram": {bounds: number for bounds, number, _ in compare.histogram(result.milliseconds)},
            }
            for result in results
        }
        console.emit(json.dumps({**figures, "cost_usd": price, "recommendation": recommendation}))
    else:
        _show_results(results)
    console.say(recommendation)
    return 0 if bus.delivery_rate == topic.delivery_rate == 1 else 1


def _show_results(results: list["Result"]) -> None:
    from orderflow_cli.terminal.compare import histogram

    rows = []
    for result in results:
        times = [f"{result.percentiles.get(name, 0):,.0f}" for name in ("p50", "p90", "p99")]
        rows.append((result.carrier, f"{result.delivery_rate:.1%}", *times, f"{result.messages_per_second:,.0f}"))
    names = ("", "delivered", "p50 ms", "p90 ms", "p99 ms", "messages/s")
    console.table("Bus and topic, same payloads", names, rows, right=(1, 2, 3, 4, 5))
    for result in results:
        console.say(f"\n{result.carrier}")
        for bounds, number, bar in histogram(result.milliseconds):
            console.say(f"  {bounds:>16} {number:>6} {bar}")
    console.say()
