"""`orderflow down`: stops the local cloud; its state and log stay. Needs no installed packages."""

import argparse

from orderflow_cli import LOCAL, console
from orderflow_cli.local_cloud.emulator import Emulator
from orderflow_cli.local_cloud.simulators import Simulators

HELP = "Stop the local cloud and its workers; state and log stay in .local/."


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="say nothing when it did not run")


def run(args: argparse.Namespace) -> int:
    emulator, simulators = Emulator(LOCAL / "ministack"), Simulators(LOCAL / "simulators", port=0)
    if emulator.process() is None and not any(simulators.running().values()):
        emulator.stop()
        if not args.quiet:
            console.say("The local cloud was not running.")
        return 0
    with console.step("stopping the local cloud and its workers"):
        emulator.stop()
        simulators.stop()
    console.say(f"The local cloud is down. Its log: {emulator.log}; `make up` brings it back with its state.")
    return 0
