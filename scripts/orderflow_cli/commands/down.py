"""`orderflow down`: stops the local cloud and keeps its state and logs. Needs no installed packages."""

import argparse
import os

from orderflow_cli import LOCAL_FOLDER, console
from orderflow_cli.local_cloud.emulator import Emulator
from orderflow_cli.local_cloud.simulators import Simulators
from orderflow_cli.studio.process import Studio

HELP = "Stop the local cloud, its simulators and the studio page; state and logs are kept in .local/."


def run(args: argparse.Namespace) -> int:
    if not is_running():
        stop()
        console.say("The local cloud was not running.")
        return 0
    with console.step("stopping the local cloud, its simulators and the page"):
        stop()
    log = os.path.relpath(_emulator().log)
    console.say(f"The local cloud is down; `make up` restarts it with its state. Its log: {log}")
    return 0


def is_running() -> bool:
    processes = (_emulator().process(), Studio(LOCAL_FOLDER).process(), *_simulators().process_ids().values())
    return any(one is not None for one in processes)


def stop() -> None:
    """Stop every process, and clean up after those that have already ended."""
    Studio(LOCAL_FOLDER).stop()
    _emulator().stop()
    _simulators().stop()


def _emulator() -> Emulator:
    return Emulator(LOCAL_FOLDER / "ministack")


def _simulators() -> Simulators:
    return Simulators(LOCAL_FOLDER / "simulators", port=0)
