"""`orderflow up`: the local cloud with everything applied."""

import argparse
import time

from orderflow_cli import console
from orderflow_cli.local_cloud import cloud as local_cloud

HELP = "Start the local cloud and apply terraform/environments/local to it, where anything changed."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--apply", action="store_true", help="apply even when nothing seems to have changed")


def run(args: argparse.Namespace) -> int:
    started = time.monotonic()
    cloud = local_cloud.LocalCloud()
    changes = cloud.up(force=args.apply)
    console.say(
        f"The local cloud is up at {cloud.endpoint} ({changes} changes applied) "
        f"after {console.duration(time.monotonic() - started)}. `make status` shows it, `make down` stops it."
    )
    return 0
