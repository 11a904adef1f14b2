"""`orderflow status`: shows processes, failures, queues and orders. Exit code 1 if there is a problem."""

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from orderflow_cli import ROOT, console, times
from orderflow_cli.arguments import number
from orderflow_cli.console import format_duration, pluralize
from orderflow_cli.environments import LOCAL_ENVIRONMENT, add_environment_options, connect, convert_aws_errors
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.detached import HOST
from orderflow_cli.local_cloud.emulator import is_healthy
from orderflow_cli.observe import status as observe_status
from orderflow_cli.observe.failures import RECENT_MINUTES
from orderflow_cli.observe.orders import describe
from orderflow_cli.observe.status import Status
from orderflow_cli.studio.process import Studio
from orderflow_cli.toolchain.processes import group_members

HELP = "Show running processes, failures, queue depths and orders by status."
INTERRUPTION_MESSAGE = "stopped"
MAX_PROBLEMS = 20


@dataclass(frozen=True)
class LocalProcesses:
    """The processes of the local cloud. `simulators` maps each to its process id, or to None if it is not running."""

    endpoint: str
    pid: int | None
    healthy: bool
    workers: int
    up_seconds: float
    simulators: dict[str, int | None]
    storefront: str | None  # the URL for orders; None if nothing is applied yet
    log: str
    mismatched_port: int | None = None  # the configured port, if the local cloud runs on another
    page: str | None = None

    def problems(self) -> Iterator[str]:
        if self.mismatched_port is not None:
            yield f"the local cloud runs at {self.endpoint}, not on the configured port {self.mismatched_port}"
        if self.pid is None:
            yield "the local cloud is not running; `make up` starts it"
        elif not self.healthy:
            yield f"the local cloud does not answer; see {self.log}"
        elif self.storefront is None:
            yield "nothing is applied yet; run `make up`"
        for name, pid in self.simulators.items():
            if self.pid is not None and pid is None:
                yield f"the {name.replace('_', ' ')} is not running; `make up` starts it"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--watch", action="store_true", help="continue until Ctrl-C")
    help_text = "with --watch: seconds between updates (default 3)"
    parser.add_argument("--every", type=number(0.5, 3600), default=3.0, metavar="SECONDS", help=help_text)
    add_environment_options(parser)


def run(args: argparse.Namespace) -> int:
    return _watch(args) if args.watch else _show_once(args)


def _watch(args: argparse.Namespace) -> int:
    """Refresh the output in place on a terminal; otherwise, and with --json, print it again each time."""
    if args.json or not console.is_interactive():
        while True:
            _show_once(args)
            time.sleep(args.every)
    from rich.live import Live
    from rich.text import Text

    with Live(console=console.rich_console(), screen=True, auto_refresh=False) as live:
        while True:
            rows, problems, _ = _collect_report(args)
            lines = [f"{name:13} {value}" for name, value in rows]
            lines += ["", *(f"  ✗ {text}" for text in problems[:MAX_PROBLEMS])]
            live.update(Text(f"{args.environment}, {times.rfc3339(times.now())}\n\n{'\n'.join(lines)}"), refresh=True)
            time.sleep(args.every)


def _show_once(args: argparse.Namespace) -> int:
    rows, problems, parts = _collect_report(args)
    if args.json:
        console.emit(json.dumps({**parts, "problems": problems}, default=str))
    else:
        show(rows, problems)
    return 1 if problems else 0


def _collect_report(args: argparse.Namespace) -> tuple[list[tuple[str, str]], list[str], dict[str, object]]:
    """Return the lines as (label, text), the problems and the JSON document."""
    processes = read(LocalCloud()) if args.environment == LOCAL_ENVIRONMENT else None
    status: Status | None = None
    if processes is None or (processes.healthy and processes.storefront):
        with convert_aws_errors():
            status = observe_status.read(connect(args.environment, args.project))
    problems = [*(processes.problems() if processes else ()), *(status.problems() if status else ())]
    rows = [*(format_processes(processes) if processes else ()), *(format_status(status) if status else ())]
    return rows, problems, {"machine": processes and asdict(processes), **(as_dict(status) if status else {})}


def show(rows: Sequence[tuple[str, str]], problems: Sequence[str]) -> None:
    for name, value in rows:
        console.say(f"{name:13} {value}", hanging_indent=14)
    if problems:
        console.say()
        for problem in problems[:MAX_PROBLEMS]:
            console.say(f"  ✗ {problem}")
        if len(problems) > MAX_PROBLEMS:
            console.say(f"  ✗ and {len(problems) - MAX_PROBLEMS} more (--json lists all)")


def read(cloud: LocalCloud) -> LocalProcesses:
    process = cloud.process()
    api = cloud.outputs().get("storefront_api_id") if cloud.is_applied() else None
    uses_another_port = process is not None and process.port != cloud.port
    if process is not None and uses_another_port:
        configured_port, cloud = cloud.port, LocalCloud(cloud.folder, process.port)
    return LocalProcesses(
        endpoint=cloud.endpoint,
        pid=process.pid if process else None,
        healthy=process is not None and is_healthy(process.port),
        workers=len(group_members(process.pid)) - 1 if process else 0,
        up_seconds=round(time.time() - process.started_at, 1) if process else 0.0,
        simulators=cloud.simulators.process_ids(),
        storefront=f"{cloud.http_api_url(api)}/orders" if api else None,
        log=os.path.relpath(cloud.emulator.log, ROOT),
        mismatched_port=configured_port if uses_another_port else None,
        page=f"http://{HOST}:{page.port}/" if (page := Studio(cloud.folder).process()) else None,
    )


def format_processes(processes: LocalProcesses) -> list[tuple[str, str]]:
    states = {name: f"process {pid}" if pid else "down" for name, pid in processes.simulators.items()}
    simulators_text = ", ".join(f"{name.replace('_', ' ')} {state}" for name, state in states.items())
    if processes.pid is None:
        simulator_rows = [("simulators", simulators_text)] if any(processes.simulators.values()) else []
        return [("local cloud", "is not running"), *simulator_rows, ("last log", processes.log)]
    uptime = format_duration(processes.up_seconds)
    workers_text = pluralize(processes.workers, "function worker")
    return [
        ("local cloud", f"{processes.endpoint}, process {processes.pid}, {workers_text}, up {uptime}"),
        ("simulators", simulators_text),
        ("storefront", processes.storefront or "not applied yet"),
        ("page", processes.page or "not running; `orderflow studio` starts it"),
        ("log", processes.log),
    ]


def format_status(status: Status) -> Iterator[tuple[str, str]]:
    failures_text = f"{', '.join(sorted({one.function for one in status.failures})) or 'none'} failing"
    yield "functions", f"{len(status.flow.functions)}, {failures_text} in the last {RECENT_MINUTES} minutes"
    depth_texts = [
        f"{depth.queue} {depth.message_count}"
        + (f" (oldest {format_duration(depth.oldest_age_seconds)})" if depth.oldest_age_seconds else "")
        for depth in status.queue_depths
        if depth.message_count
    ]
    yield "queues", ", ".join(depth_texts) or f"{len(status.queue_depths)}, all empty"
    dead_letter_texts = [f"{one.source.name} {one.message_count} ({one.reasons_text})" for one in status.dead_letters]
    yield "dead-letter", ", ".join(dead_letter_texts) or "none"
    status_counts_text = ", ".join(f"{number:,} {name}" for name, number in status.orders.counts_by_status.items())
    prefix = "" if status.orders.is_complete else "of the first "
    yield "orders", f"{prefix}{status.orders.count:,}{': ' if status_counts_text else ''}{status_counts_text}"
    if status.orders.unsettled_orders:
        oldest_order = status.orders.unsettled_orders[0]
        yield "oldest open", f"{oldest_order['order_id']}, {describe(oldest_order, times.now())}"


def as_dict(status: Status) -> dict[str, object]:
    orders, unsettled_ids = status.orders, [one["order_id"] for one in status.orders.unsettled_orders]
    counts = {"by_status": orders.counts_by_status, "looked_at": orders.count, "unsettled": unsettled_ids}
    return {
        "functions": [function.role for function in status.flow.functions],
        "queues": [asdict(depth) for depth in status.queue_depths],
        "failures": [asdict(failure) for failure in status.failures],
        "dead_letters": [
            {"source": one.source.name, "messages": one.message_count, "oldest": one.oldest_at, "reasons": one.reasons}
            for one in status.dead_letters
        ],
        "orders": {**counts, "complete": orders.is_complete, "late": orders.late_order_states},
        "alarms": status.raised_alarm_names,
    }
