"""`orderflow status`: what runs, where, since when, and what is applied. Exit code 1 when it does not run."""

import argparse
import json
import os
import time

from orderflow_cli import ROOT, console
from orderflow_cli.local_cloud import LocalCloud
from orderflow_cli.local_cloud_process import healthy
from orderflow_cli.processes import group_members

HELP = "Show whether the local cloud runs, where, its health and how long it is up."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for other programs")


def run(args: argparse.Namespace) -> int:
    cloud = LocalCloud()
    process = cloud.process()
    found: dict[str, object] = {"running": process is not None, "log": str(cloud.emulator.log)}
    if process is not None:
        found |= {
            "endpoint": cloud.endpoint,
            "healthy": healthy(process.port),
            "pid": process.pid,
            "workers": len(group_members(process.pid)) - 1,
            "up_seconds": round(time.time() - process.started_at),
        }
    outputs = cloud.outputs() if cloud.is_applied() else {}
    if process is not None and "storefront_api_id" in outputs:
        found["storefront"] = f"{cloud.http_api_url(outputs['storefront_api_id'])}/orders"
    found["functions"] = len(outputs.get("functions", {}))
    if args.json:
        console.say(json.dumps(found))
    else:
        _print(found)
    return 0 if found.get("healthy") else 1


def _print(found: dict[str, object]) -> None:
    log = os.path.relpath(str(found["log"]), ROOT)
    if not found["running"]:
        console.say(f"The local cloud is not running; `make up` starts it. Last log: {log}")
        return
    up = console.duration(float(str(found["up_seconds"])))
    rows = [
        ("local cloud", f"process {found['pid']}, {found['workers']} workers, up {up}"),
        ("health", "answers" if found["healthy"] else "does not answer"),
        ("endpoint", str(found["endpoint"])),
        ("storefront", str(found.get("storefront", "not applied yet, `make up` does it"))),
        ("functions", str(found["functions"])),
        ("log", log),
    ]
    for name, value in rows:
        console.say(f"{name:12} {value}")
