"""The processes that the local cloud runs functions in, and their end in the middle of work. Linux: it reads /proc."""

import os
import re
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from orderflow_cli.local_cloud.cloud import LocalCloud

PROC = Path("/proc")
READY_SECONDS = 4.0
"""A worker that is younger may still be importing its function."""
LOOK_SECONDS = 0.25


def workers(cloud: LocalCloud, function: str) -> list[int]:
    """Process ids of the function's workers: children of this cloud's emulator, started for that function."""
    emulator = cloud.process()
    assert emulator is not None
    name = cloud.outputs()["functions"][function]["name"]
    return [pid for pid in _children(emulator.pid) if f"ministack-lambda-{name}-" in _text(pid, "cmdline")]


def kill_in_mid_work(cloud: LocalCloud, functions: Sequence[str], seconds: float = 90.0) -> int:
    """Kill workers as soon as they have read what to do, until one of each function dies at it; how many were killed.

    The emulator's log is the witness: it tells of a worker that died with an invocation, not of one that was idle."""
    killed, deaths = 0, {function: _deaths(cloud, function) for function in functions}
    deadline = time.monotonic() + seconds
    while alive := [function for function in functions if _deaths(cloud, function) == deaths[function]]:
        assert time.monotonic() < deadline, f"no worker of {alive} was killed in mid-work within {seconds:.0f} s"
        known = [pid for function in alive for pid in workers(cloud, function)]
        killed += _kill_at_work([pid for pid in known if _age_seconds(pid) > READY_SECONDS])
    return killed


def _kill_at_work(ready: list[int]) -> bool:
    """Whether one of the idle workers was given work, and killed, while this looked."""
    before = {pid: _read_calls(pid) for pid in ready}
    over = time.monotonic() + LOOK_SECONDS
    while time.monotonic() < over:
        for pid, calls in before.items():
            if _read_calls(pid) > calls:
                os.kill(pid, signal.SIGKILL)
                return True
    return False


def _children(parent: int) -> list[int]:
    pids = [int(folder.name) for folder in PROC.iterdir() if folder.name.isdigit()]
    return [pid for pid in pids if _stat(pid)[1:2] == [str(parent)]]


def _read_calls(pid: int) -> int:
    """How many reads the process has ended so far: an idle worker waits in one, on its standard input."""
    found = re.findall(r"^syscr: (\d+)$", _text(pid, "io"), re.MULTILINE)
    return int(found[0]) if found else 0


def _age_seconds(pid: int) -> float:
    fields = _stat(pid)
    if not fields:
        return 0.0
    since_boot = float((PROC / "uptime").read_text().split()[0])
    return since_boot - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields from the state on (proc_pid_stat(5)); none when the process has ended."""
    return _text(pid, "stat").rpartition(")")[2].split()


def _text(pid: int, file: str) -> str:
    try:
        return (PROC / str(pid) / file).read_text(errors="replace")
    except OSError:
        return ""


def _deaths(cloud: LocalCloud, function: str) -> int:
    name = cloud.outputs()["functions"][function]["name"]
    log = cloud.emulator.log.read_text(errors="replace")
    return len(re.findall(rf"Lambda {name} failed processing .*Worker process died", log))
