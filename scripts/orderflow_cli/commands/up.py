"""`orderflow up`: the local cloud with everything applied."""

import argparse
import time

from orderflow_cli import ROOT, console
from orderflow_cli.console import counted
from orderflow_cli.environments import of_local
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.observe.events import JOURNAL_TAP, Tap
from orderflow_cli.studio.process import Studio

HELP = "Start the local cloud and apply terraform/environments/local to it, where anything changed."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--apply", action="store_true", help="apply even when nothing seems to have changed")


def run(args: argparse.Namespace) -> int:
    started = time.monotonic()
    cloud = LocalCloud()
    console.say(how_long(cloud, "5 s", "2 minutes"))
    changes = cloud.up(force=args.apply)
    page = show_page(cloud)
    console.say(
        f"The local cloud is up at {cloud.endpoint} ({counted(len(changes), 'change')} applied) "
        f"after {console.duration(time.monotonic() - started)}. `make status` shows it, `make down` stops it."
    )
    console.say(f"See it: {page}")
    return 0


def show_page(cloud: LocalCloud) -> str:
    """Start the page beside the local cloud, reading along from now on; returns its address."""
    with cloud.unnoticed():
        Tap(of_local(cloud), JOURNAL_TAP).open()
    return Studio(cloud.folder).start(cloud.port)


def how_long(cloud: LocalCloud, applied: str, new: str) -> str:
    """What to expect on two processors, before anything is done."""
    if cloud.is_applied():
        return f"This takes about {applied} where nothing has changed."
    packages = "" if (ROOT / ".venv-ministack").exists() else ", and a few minutes more now, while packages are fetched"
    return f"This takes about {new} the first time{packages}."


def interrupted(again: str = "The same command goes on from here") -> str:
    cloud = LocalCloud()
    process = cloud.process()
    running = [name.replace("_", " ") for name, pid in cloud.simulators.running().items() if pid]
    if process is not None:
        running.insert(0, f"local cloud (process {process.pid}, port {process.port})")
    if (page := Studio(cloud.folder).process()) is not None:
        running.append(f"page (port {page.port})")
    if not running:
        return f"interrupted; everything is stopped. {again}."
    verb = "run" if len(running) > 1 else "runs"
    return f"interrupted; {', '.join(running)} still {verb}. {again}, `make down` stops all."
