"""Background processes that outlive the command that starts them, and are stopped with all their children.

A process holds a file lock that it inherits at its start, so the lock shows whether it is alive; its process id could
since have been reused. Standard library only: `down` must work without the project's packages."""

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from orderflow_cli import UserError
from orderflow_cli.toolchain.processes import group_members, wait

HOST = "127.0.0.1"
PORT_COUNT = 4
"""Number of consecutive ports of a local cloud: emulator, payment provider, carrier, studio page."""
STOP_SECONDS = 60.0
WORKER_STOP_SECONDS = 8.0
BASE_ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
"""Environment variables of every started process."""
MAX_LOG_BYTES = 50_000_000
# References to the children, because Python warns if a running child is garbage-collected.
_children: list["subprocess.Popen[bytes]"] = []


@dataclass(frozen=True)
class Process:
    pid: int
    port: int
    started_at: float


class Daemon:
    """A background process of one program, with a folder for its record, lock and log."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.name = name
        self.log = folder / f"{name}.log"
        self._record = folder / "process.json"
        self._lock = folder / "running.lock"

    def process(self) -> Process | None:
        """Return the running process, if any."""
        if not self._record.exists() or not self._is_locked():
            return None
        return Process(**json.loads(self._record.read_text()))

    def ended_unexpectedly(self) -> bool:
        """Return whether the last process ended without being stopped."""
        return self._record.exists() and not self._is_locked()

    def spawn(
        self,
        command: Sequence[str],
        port: int,
        environment: Mapping[str, str],
        is_ready: Callable[[], bool],
        seconds: float,
    ) -> Process:
        """Start the program and wait until it is ready. Raises UserError if it exits or is not ready in time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        require_free_port(port)
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self._lock.open("w") as lock, self.log.open("a") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            child = subprocess.Popen(
                command,
                cwd=self.folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[lock.fileno()],
            )
        _children.append(child)
        process = Process(child.pid, port, time.time())
        self._record.write_text(json.dumps(asdict(process)))
        try:
            self._wait_until(is_ready, child, port, seconds)
        except BaseException:
            self.stop()
            raise
        return process

    def stop(self) -> bool:
        """Stop the process and its children; return whether anything was running. The log remains."""
        process = self.process()
        _remove_ended_children()
        if process is None:
            self._record.unlink(missing_ok=True)
            return False
        os.kill(process.pid, signal.SIGTERM)
        has_ended = wait(lambda: not self._is_locked(), STOP_SECONDS, process.pid)
        # The process group has the id of the process and contains only it and its children.
        if not (has_ended and wait(lambda: not group_members(process.pid), WORKER_STOP_SECONDS, process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            wait(lambda: not group_members(process.pid), WORKER_STOP_SECONDS, process.pid)
        if remaining_ids := group_members(process.pid):
            raise UserError(f"{self.name} left processes running: {remaining_ids}; kill them manually.")
        if has_ended:
            self._record.unlink(missing_ok=True)
        _remove_ended_children()
        return True

    def _wait_until(
        self, is_ready: Callable[[], bool], child: "subprocess.Popen[bytes]", port: int, seconds: float
    ) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if child.poll() is not None:
                lines = self.log.read_text(errors="replace").strip().splitlines()
                last_line = lines[-1] if lines else "no output"
                raise UserError(f"{self.name} exited with code {child.returncode} ({last_line}); see {self.log}.")
            if is_ready():
                return
            time.sleep(0.1)
        raise UserError(f"{self.name} did not answer on port {port} within {seconds:.0f} s; see {self.log}.")

    def _is_locked(self) -> bool:
        if not self._lock.exists():
            return False
        with self._lock.open("r") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False


def _remove_ended_children() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def is_answering(port: int, path: str = "/") -> bool:
    """Return whether a local port answers with status 200, without using a proxy."""
    try:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{HOST}:{port}{path}", timeout=2.0) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def require_free_port(port: int, setting_prefix: str = "ORDERFLOW_PORT=") -> None:
    """Raise UserError if the port cannot be used; its message suggests another, preceded by `setting_prefix`."""
    if (error_text := _bind_error(port)) is None:
        return
    raise UserError(
        f"Port {port} on {HOST} cannot be used ({error_text}). Stop the program that uses it, or choose free ports "
        f"with {setting_prefix}{find_free_base_port(port + 10)}."
    )


def find_free_base_port(min_port: int) -> int:
    """Return the first of PORT_COUNT consecutive free ports, trying every tenth port from `min_port` on."""
    for port in range(min_port, 65_536 - PORT_COUNT, 10):
        if all(_bind_error(number) is None for number in range(port, port + PORT_COUNT)):
            return port
    raise UserError(f"No {PORT_COUNT} ports in a row are free from {min_port} on; stop programs that use ports there.")


def _bind_error(port: int) -> str | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            return error.strerror
    return None
