"""Finds and kills the processes in which the local cloud runs functions. Linux only: it reads /proc."""

import os
import re
import signal
import time
from collections.abc import Sequence
from pathlib import Path

from orderflow_cli.local_cloud.cloud import LocalCloud

PROC = Path("/proc")
MIN_AGE_SECONDS = 4.0
"""A younger worker may still be importing its function."""
POLL_SECONDS = 0.25


def worker_pids(cloud: LocalCloud, function: str) -> list[int]:
    """Return the process ids of the function's workers: children of the emulator, started for that function."""
    emulator = cloud.process()
    assert emulator is not None
    name = cloud.outputs()["functions"][function]["name"]
    return [pid for pid in _child_pids(emulator.pid) if f"ministack-lambda-{name}-" in _read_file(pid, "cmdline")]


def kill_busy_workers(cloud: LocalCloud, functions: Sequence[str], seconds: float = 90.0) -> None:
    """Kill workers as soon as they start an invocation, until each function has lost a worker during one.

    The emulator's log is the evidence: it records workers that died during an invocation, not idle ones."""
    exit_counts = {function: _count_worker_exits(cloud, function) for function in functions}
    deadline = time.monotonic() + seconds
    while functions_left := [name for name, count in exit_counts.items() if _count_worker_exits(cloud, name) == count]:
        assert time.monotonic() < deadline, f"no busy worker of {functions_left} died within {seconds:.0f} s"
        candidates = [pid for function in functions_left for pid in worker_pids(cloud, function)]
        _kill_first_busy_worker([pid for pid in candidates if _age_seconds(pid) > MIN_AGE_SECONDS])


def _kill_first_busy_worker(candidate_pids: list[int]) -> None:
    """Kill the first idle worker that starts an invocation within POLL_SECONDS."""
    read_counts = {pid: _count_reads(pid) for pid in candidate_pids}
    deadline = time.monotonic() + POLL_SECONDS
    while time.monotonic() < deadline:
        for pid, count in read_counts.items():
            if _count_reads(pid) > count:
                os.kill(pid, signal.SIGKILL)
                return


def _child_pids(parent: int) -> list[int]:
    pids = [int(folder.name) for folder in PROC.iterdir() if folder.name.isdigit()]
    return [pid for pid in pids if _read_stat_fields(pid)[1:2] == [str(parent)]]


def _count_reads(pid: int) -> int:
    """Return how many read system calls the process has completed; an idle worker waits in one, on standard input."""
    counts = re.findall(r"^syscr: (\d+)$", _read_file(pid, "io"), re.MULTILINE)
    return int(counts[0]) if counts else 0


def _age_seconds(pid: int) -> float:
    fields = _read_stat_fields(pid)
    if not fields:
        return 0.0
    uptime = float((PROC / "uptime").read_text().split()[0])
    return uptime - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def _read_stat_fields(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat from `state` on (proc_pid_stat(5)), or no fields if the process has ended."""
    return _read_file(pid, "stat").rpartition(")")[2].split()


def _read_file(pid: int, file: str) -> str:
    try:
        return (PROC / str(pid) / file).read_text(errors="replace")
    except OSError:
        return ""


def _count_worker_exits(cloud: LocalCloud, function: str) -> int:
    name = cloud.outputs()["functions"][function]["name"]
    log = cloud.emulator.log.read_text(errors="replace")
    return len(re.findall(rf"Lambda {name} failed processing .*Worker process died", log))
