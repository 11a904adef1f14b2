"""`orderflow status`: what runs, where, since when, and what is applied. Exit code 1 when it does not run well."""

import argparse
import json
import os
import time
from dataclasses import asdict, dataclass

from orderflow_cli import ROOT, console
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.local_cloud.emulator import healthy
from orderflow_cli.toolchain.processes import group_members

HELP = "Show whether the local cloud runs, where, its health and how long it is up."


@dataclass(frozen=True)
class Status:
    """`simulators` maps each to its process id, None when it does not run."""

    running: bool
    healthy: bool
    endpoint: str
    pid: int | None
    workers: int
    up_seconds: float
    simulators: dict[str, int | None]
    functions: int
    storefront: str | None
    log: str


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for other programs")


def run(args: argparse.Namespace) -> int:
    status = read(LocalCloud())
    if args.json:
        console.say(json.dumps(asdict(status)))
    else:
        for name, value in lines(status):
            console.say(f"{name:12} {value}")
    return 0 if status.healthy else 1


def read(cloud: LocalCloud) -> Status:
    process = cloud.process()
    outputs = cloud.outputs() if cloud.is_applied() else {}
    api = outputs.get("storefront_api_id")
    return Status(
        running=process is not None,
        healthy=process is not None and healthy(process.port),
        endpoint=cloud.endpoint,
        pid=process.pid if process else None,
        workers=len(group_members(process.pid)) - 1 if process else 0,
        up_seconds=round(time.time() - process.started_at, 1) if process else 0.0,
        simulators=cloud.simulators.running(),
        functions=len(outputs.get("functions", {})),
        storefront=f"{cloud.http_api_url(api)}/orders" if api else None,
        log=os.path.relpath(cloud.emulator.log, ROOT),
    )


def lines(status: Status) -> list[tuple[str, str]]:
    simulators = [
        f"{name.replace('_', ' ')} {f'process {pid}' if pid else 'down'}" for name, pid in status.simulators.items()
    ]
    if not status.running:
        left = [("simulators", ", ".join(simulators))] if any(status.simulators.values()) else []
        return [("local cloud", "not running, `make up` starts it"), *left, ("last log", status.log)]
    up = console.duration(status.up_seconds)
    return [
        ("local cloud", f"process {status.pid}, {status.workers} function workers, up {up}"),
        ("health", "answers" if status.healthy else "does not answer, see the log"),
        ("endpoint", status.endpoint),
        ("simulators", ", ".join(simulators)),
        ("storefront", status.storefront or "not applied yet, `make up` does it"),
        ("functions", str(status.functions)),
        ("log", status.log),
    ]
