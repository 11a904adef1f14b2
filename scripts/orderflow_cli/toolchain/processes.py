"""Runs foreground commands, lists the processes of a group, and waits for a process to end. Standard library only."""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO


def run_in_foreground(
    command: Sequence[str], *, cwd: Path, env: Mapping[str, str], output: IO[bytes] | None = None
) -> int:
    """Run a command in this terminal, or with its output in `output`, and return its exit code. After Ctrl-C, the
    command has time to clean up: `subprocess.run` would kill it a quarter of a second later."""
    errors = None if output is None else subprocess.STDOUT
    process = subprocess.Popen(command, cwd=cwd, env=dict(env), stdout=output, stderr=errors)
    try:
        return process.wait()
    except KeyboardInterrupt:
        process.wait()
        raise


def group_members(group: int) -> list[int]:
    """Return the ids of a process group's running processes, without zombies; without /proc, only the group's id."""
    proc = Path("/proc")
    if not (proc / "self" / "stat").exists():
        try:
            os.killpg(group, 0)
        except (ProcessLookupError, PermissionError):
            return []
        return [group]
    return [pid for pid, state, pgid in _processes(proc) if pgid == group and state not in "ZX"]


def _processes(proc: Path) -> Iterator[tuple[int, str, int]]:
    for folder in proc.iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                # The name in parentheses may contain spaces; state, parent and group follow it.
                state, _, group = (folder / "stat").read_text().rpartition(")")[2].split()[:3]
                yield int(folder.name), state, int(group)


def wait(is_over: Callable[[], bool], seconds: float, child: int) -> bool:
    """Wait until `is_over()` is true; return False on timeout. Reaps `child` if it is a child of this process."""
    deadline = time.monotonic() + seconds
    while not is_over():
        if time.monotonic() > deadline:
            return False
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, os.WNOHANG)
        time.sleep(0.05)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(child, os.WNOHANG)
    return True
