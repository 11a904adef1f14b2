"""A program in the foreground handles the user's interrupt itself."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from orderflow_cli import ROOT
from orderflow_cli.toolchain.processes import run_in_foreground

CHILD_PROGRAM = """
import pathlib, sys, time
started_file, ended_file = map(pathlib.Path, sys.argv[1:])
started_file.touch()
try:
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(1.5)
    ended_file.touch()
"""
PARENT_PROGRAM = """
import os, pathlib, signal, sys
sys.path.insert(0, sys.argv[1])
from orderflow_cli.toolchain.processes import run_in_foreground
signal.signal(signal.SIGINT, signal.default_int_handler)
run_in_foreground([sys.executable, "-c", *sys.argv[2:]], cwd=pathlib.Path.cwd(), env=os.environ)
"""


def test_exit_code_is_that_of_the_program(tmp_path: Path) -> None:
    assert run_in_foreground(["sh", "-c", 'exit "$CODE"'], cwd=tmp_path, env={"CODE": "7", "PATH": os.defpath}) == 7


def test_program_cleans_up_when_the_user_interrupts_it(tmp_path: Path) -> None:
    """The parent restores SIGINT, which is ignored when the tests run in the background."""
    started_file, ended_file = tmp_path / "started", tmp_path / "ended"
    arguments = [str(ROOT / "scripts"), CHILD_PROGRAM, str(started_file), str(ended_file)]
    command = [sys.executable, "-c", PARENT_PROGRAM, *arguments]
    with subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL) as parent:
        deadline = time.monotonic() + 30
        while not started_file.exists() and time.monotonic() < deadline:
            time.sleep(0.05)

        os.killpg(parent.pid, signal.SIGINT)
        parent.wait(timeout=30)

    assert ended_file.exists()
