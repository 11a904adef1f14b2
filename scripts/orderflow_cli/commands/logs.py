"""`orderflow logs`: shows the functions' log lines, oldest first."""

import argparse
import heapq
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from orderflow_cli import UserError, console, times
from orderflow_cli.environments import Cloud, add_environment_options, connect, convert_aws_errors

HELP = "Show or follow the logs of functions, by order, text or level."
INTERRUPTION_MESSAGE = "stopped"
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
POLL_SECONDS = 1.0
MAX_INGESTION_DELAY = timedelta(seconds=30)
"""How long after its timestamp a line may become readable."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("functions", nargs="*", help="functions, such as recorder (default: all)")
    since = "2026-11-23T08:00:00Z or how long ago (default 10m)"
    parser.add_argument("--since", type=times.parse_time, metavar="TIME", help=since)
    parser.add_argument("--order", metavar="ORDER_ID", help="only lines of this order")
    parser.add_argument("--text", help="only lines with this text")
    parser.add_argument("--level", choices=LEVELS, default="INFO", help="minimum level (default INFO)")
    parser.add_argument("--follow", action="store_true", help="follow until Ctrl-C")
    add_environment_options(parser)


def run(args: argparse.Namespace) -> int:
    with convert_aws_errors():
        cloud = connect(args.environment, args.project)
        groups = _log_groups(cloud, args.functions)
        since = args.since or times.now() - timedelta(minutes=10)
        shown_lines: dict[tuple[str, datetime, str], None] = {}
        while True:
            for at, function, text in _lines(cloud, groups, args, since):
                if (function, at, text) not in shown_lines:
                    shown_lines[function, at, text] = None
                    _show(at, function, text, args)
            if not args.follow:
                if not shown_lines:
                    console.warn(f"no matching lines since {times.rfc3339(since)} (use --since to look further back)")
                return 0
            since = max(since, times.now() - MAX_INGESTION_DELAY)
            shown_lines = {key: None for key in shown_lines if key[1] >= since}
            time.sleep(POLL_SECONDS)


def _log_groups(cloud: Cloud, functions: Iterable[str]) -> Mapping[str, str]:
    from orderflow_cli.observe import flow

    log_groups = {one.role: one.log_group for one in flow.read_functions(cloud)}
    if not log_groups:
        raise UserError(cloud.explain_missing_parameter(f"/{cloud.project}/{cloud.environment}/bus_name"))
    chosen_names = [one.replace("-", "_") for one in functions]
    names = {role.replace("-", "_"): role for role in log_groups}
    if unknown_names := [one for one in chosen_names if one not in names]:
        raise UserError(f"Unknown function {unknown_names[0]}; choose from {', '.join(sorted(names))}.")
    return {name: log_groups[role] for name, role in names.items() if name in chosen_names or not chosen_names}


def _lines(
    cloud: Cloud, groups: Mapping[str, str], args: argparse.Namespace, since: datetime
) -> Iterator[tuple[datetime, str, str]]:
    from orderflow_cli.observe.failures import read_lines

    # A line must contain every quoted term.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    pattern = " ".join(json.dumps(term) for term in (args.order, args.text) if term)
    since_ms = int(since.timestamp() * 1000)

    def sorted_lines(function: str, group: str) -> list[tuple[datetime, str, str]]:
        events = read_lines(cloud.client("logs"), group, pattern, since_ms)
        return sorted((at, function, text.rstrip()) for at, text in events)

    for line in heapq.merge(*(sorted_lines(function, group) for function, group in groups.items())):
        terms = [term for term in (args.order, args.text) if term]
        if all(term in line[2] for term in terms) and _level_index(line[2]) >= LEVELS.index(args.level):
            yield line


def _level_index(text: str) -> int:
    """Return a line's level as an index into LEVELS; metrics and the runtime's lines about invocations are DEBUG."""
    try:
        entry = json.loads(text)
    except ValueError:
        return 0 if text.startswith(("START ", "END ", "REPORT ", "INIT_START ")) else 1
    if not isinstance(entry, dict) or "_aws" in entry:
        return 0
    level = entry.get("level", entry.get("log_level", "ERROR" if "errorType" in entry else "INFO"))
    return LEVELS.index(level) if level in LEVELS else 1


def _show(at: datetime, function: str, text: str, args: argparse.Namespace) -> None:
    from orderflow_cli.observe.failures import parse_steps

    steps = parse_steps(function, text, args.order or "")
    if args.json:
        entry = json.loads(text) if steps else text
        console.emit(json.dumps({"at": at.isoformat(), "function": function, "entry": entry}))
        return
    if not steps:
        console.emit(f"{at:%H:%M:%S.%f}"[:-3] + f"  {function:17} {text}")
    for step in steps:
        time, mark = f"{step.at:%H:%M:%S.%f}"[:-3], "✗ " if step.failed else ""
        console.emit(f"{time}  {function:17} {mark}{step.message}  {step.details_text}".rstrip())
