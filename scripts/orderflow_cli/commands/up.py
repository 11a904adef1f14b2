"""`orderflow up`: starts the local cloud and applies its environment."""

import argparse
import time

from orderflow_cli import ROOT, console
from orderflow_cli.console import pluralize
from orderflow_cli.environments import from_local_cloud
from orderflow_cli.local_cloud.cloud import LocalCloud
from orderflow_cli.observe.events import JOURNAL_QUEUE, EventQueue
from orderflow_cli.studio.process import Studio

HELP = "Start the local cloud and apply terraform/environments/local to it if anything changed."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--apply", action="store_true", help="apply even when nothing seems to have changed")


def run(args: argparse.Namespace) -> int:
    start_time = time.monotonic()
    cloud = LocalCloud()
    console.say(describe_expected_duration(cloud, "5 s", "2 minutes"))
    changes = cloud.start_and_apply(force=args.apply)
    studio_url = start_studio(cloud)
    console.say(
        f"The local cloud is up at {cloud.endpoint} ({pluralize(len(changes), 'change')} applied) "
        f"after {console.format_duration(time.monotonic() - start_time)}. `make status` shows it, `make down` stops it."
    )
    console.say(f"Studio: {studio_url}")
    return 0


def start_studio(cloud: LocalCloud) -> str:
    """Start the studio's server, which records the local cloud's events from then on, and return the page's URL."""
    with cloud.prevent_reapply():
        EventQueue(from_local_cloud(cloud), JOURNAL_QUEUE).open()
    return Studio(cloud.folder).start(cloud.port)


def describe_expected_duration(cloud: LocalCloud, later_run_duration: str, first_run_duration: str) -> str:
    """Return a sentence with the expected duration, as measured on two processors."""
    if cloud.is_applied():
        return f"This takes about {later_run_duration} if nothing has changed."
    download_note = "" if (ROOT / ".venv-ministack").exists() else ", plus a few minutes now to download packages"
    return f"This takes about {first_run_duration} the first time{download_note}."


def interruption_message(advice: str = "Run the same command to continue") -> str:
    cloud = LocalCloud()
    process = cloud.process()
    running_parts = [name.replace("_", " ") for name, pid in cloud.simulators.process_ids().items() if pid]
    if process is not None:
        running_parts.insert(0, f"local cloud (process {process.pid}, port {process.port})")
    if (page := Studio(cloud.folder).process()) is not None:
        running_parts.append(f"page (port {page.port})")
    if not running_parts:
        return f"interrupted; every process is stopped. {advice}."
    verb = "are" if len(running_parts) > 1 else "is"
    return f"interrupted; {', '.join(running_parts)} {verb} still running. {advice}. `make down` stops everything."
