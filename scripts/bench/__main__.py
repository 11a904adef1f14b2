"""`make bench`: measure functions, tools and the local cloud, and compare them with alternatives and lower bounds.

The results replace earlier ones in docs/generated/performance.json and update the table and the chart of
docs/performance.md. `make bench ARGS=relay` measures one group; `ARGS=gate` fails if the relay's ratio
to its lower bound is over 15 % above the committed one; `ARGS=migration` prints the table of docs/migration.md."""

import datetime
import json
import os
import platform
import statistics
import sys
from collections.abc import Sequence

from bench import groups, page
from orderflow_cli import ROOT, console
from orderflow_cli.arguments import Parser, whole_number
from orderflow_cli.cli import run_command

TOLERANCE = 0.15
RELAY_ROW = "relay/c"
GATE_RUNS, GATE_ROUNDS = 5, 3


def main(argv: Sequence[str] | None = None) -> int:
    parser = Parser(prog="make bench", description=__doc__)
    names = (*groups.GROUPS, "gate", "migration")
    group_help = f"groups to measure: {', '.join(names)} (default: all but test, gate and migration)"
    parser.add_argument("names", nargs="*", choices=names, metavar="group", help=group_help)
    parser.add_argument("--rounds", type=whole_number(), help="rounds per measurement")
    parser.add_argument("--orders", type=whole_number(), nargs="+", default=[100, 500], help="orders per `cloud` run")
    args = parser.parse_args(argv)
    if "gate" in args.names:
        return run_gate()
    if "migration" in args.names:
        from bench import migration

        return migration.run()
    group_names = args.names or [name for name in groups.GROUPS if name not in groups.OPT_IN_GROUPS]
    results = page.read_results()
    for name in group_names:
        options = {"rounds": args.rounds} if args.rounds else {}
        order_options = {"order_counts": args.orders} if name == "cloud" else {}
        with console.step(f"measuring {name}"):
            figures = groups.GROUPS[name](**options, **order_options)
        today = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}"
        results["rows"] |= {key: {**figure.as_dict(), "date": today} for key, figure in figures.items()}
        results["machine"] = f"{os.process_cpu_count()} {platform.machine()} cores, Python {platform.python_version()}"
        (ROOT / page.RESULTS_FILE).write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        for path, text in page.generated_files().items():
            (ROOT / path).write_text(text)
        for key, figure in figures.items():
            ratio = f", ratio {statistics.median(figure.ratios):.2f}" if figure.baselines else ""
            console.say(f"  {key}: {figure.value:,.2f}{ratio}  {figure.note}")
    return 0


def run_gate() -> int:
    """Return 1 if the relay's CPU time, relative to its lower bound, is over 15 % above the committed ratio, else 0."""
    limit = page.read_results()["rows"][RELAY_ROW]["ratio"] * (1 + TOLERANCE)
    ratios = [groups.relay_cpu_ratio(GATE_ROUNDS) for _ in range(GATE_RUNS)]
    ratio = statistics.median(ratios)
    ratios_text = ", ".join(f"{value:.2f}" for value in sorted(ratios))
    console.say(f"Relay CPU time relative to publish_batch alone: {ratio:.2f} ({ratios_text}); limit {limit:.2f}")
    if ratio > limit:
        console.warn(f"The ratio exceeds the committed one by over {TOLERANCE:.0%}. Find the cause.")
    return int(ratio > limit)


if __name__ == "__main__":
    sys.exit(run_command(main))
