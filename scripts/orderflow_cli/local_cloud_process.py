"""The emulator as a process: started detached, found again, stopped with everything it started.

The process holds a file lock that it inherits at its start, so the kernel says whether it lives; a process id alone
may meanwhile belong to somebody else. Standard library only: `down` must work without the project's packages.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path

from orderflow_cli import Problem, console, setup
from orderflow_cli.local_cloud_workers import group_members, wait

HOST = "127.0.0.1"
REGION = "eu-west-1"
START_SECONDS = 60.0
STOP_SECONDS = 60.0
WORKER_SECONDS = 8.0
MAX_LOG_BYTES = 50_000_000
_MEGABYTES = 300
_MAX_RECORDED_CALLS = 2_000_000


@dataclass(frozen=True)
class Process:
    pid: int
    port: int
    started_at: float


class Emulator:
    """One MiniStack with its own folder for state, temporary files, home and log."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "ministack.log"
        self.state = folder / "state"
        self._record = folder / "process.json"
        self._lock = folder / "running.lock"

    def process(self) -> Process | None:
        """The living process, if there is one."""
        if not self._record.exists() or not self._is_locked():
            return None
        return Process(**json.loads(self._record.read_text()))

    def ended_badly(self) -> bool:
        """Whether the last process went without saving its state, which is then older than what was applied."""
        return self._record.exists() and not self._is_locked()

    def start(self, port: int) -> Process:
        """Start it, or return the one that runs. Raises Problem when it cannot serve the port within START_SECONDS."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "starting.lock").open("w") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if (running := self.process()) is not None:
                if running.port != port:
                    raise Problem(f"The local cloud already runs on port {running.port}; `make down` stops it first.")
                return running
            require_free_port(port)
            setup.require_space(self.folder, _MEGABYTES)
            python = setup.ensure("ministack")
            with console.step(f"local cloud on {HOST}:{port}"):
                return self._spawn(python, port)

    def _spawn(self, python: Path, port: int) -> Process:
        environment = self.environment(python, port)
        shutil.rmtree(environment["TMPDIR"], ignore_errors=True)
        for name in ("HOME", "TMPDIR", "STATE_DIR", "S3_DATA_DIR"):
            Path(environment[name]).mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self._lock.open("w") as lock, self.log.open("a") as log:
            fcntl.flock(lock, fcntl.LOCK_EX)
            child = subprocess.Popen(
                [python, "-m", "ministack"],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[lock.fileno()],
            )
        process = Process(child.pid, port, time.time())
        self._record.write_text(json.dumps(asdict(process)))
        try:
            self._wait_until_ready(child, port)
        except BaseException:
            self.stop()
            raise
        return process

    def environment(self, python: Path, port: int) -> dict[str, str]:
        """All that the emulator sees. Functions inherit it, so nothing of the user's shell may be in it."""
        return {
            "PATH": os.pathsep.join([str(python.parent), os.defpath]),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(port),
            "MINISTACK_REGION": REGION,
            "AUTH": "true",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.state),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.folder / "s3"),
            "CLOUDTRAIL_RECORDING": "1",
            "CLOUDTRAIL_MAX_EVENTS": str(_MAX_RECORDED_CALLS),
        }

    def _wait_until_ready(self, child: "subprocess.Popen[bytes]", port: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if child.poll() is not None:
                lines = self.log.read_text(errors="replace").strip().splitlines()
                last = lines[-1] if lines else "no output"
                raise Problem(f"The local cloud ended with code {child.returncode} ({last}); its log is {self.log}.")
            if healthy(port):
                return
            time.sleep(0.1)
        raise Problem(f"The local cloud did not answer on port {port} within {START_SECONDS:.0f} s; see {self.log}.")

    def stop(self) -> bool:
        """Stop it and wait for its workers; returns whether there was anything to stop. The log stays."""
        process = self.process()
        if process is None:
            self._record.unlink(missing_ok=True)
            return False
        os.kill(process.pid, signal.SIGTERM)
        saved = wait(lambda: not self._is_locked(), STOP_SECONDS, process.pid)
        # Its session and process group have its id, and hold only what it started.
        if not (saved and wait(lambda: not group_members(process.pid), WORKER_SECONDS, process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            wait(lambda: not group_members(process.pid), WORKER_SECONDS, process.pid)
        if left := group_members(process.pid):
            raise Problem(f"Process {', '.join(map(str, left))} of the local cloud cannot be ended; end it by hand.")
        if saved:
            self._record.unlink(missing_ok=True)
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)
        return True

    def _is_locked(self) -> bool:
        if not self._lock.exists():
            return False
        with self._lock.open("r") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False


def healthy(port: int, timeout: float = 2.0) -> bool:
    """Whether the emulator answers and has loaded its state."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/ready", timeout=timeout) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def require_free_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Problem(
                f"Port {port} on {HOST} cannot be used ({error.strerror}); stop the program that has it or choose "
                "another with ORDERFLOW_PORT, for example ORDERFLOW_PORT=4567 make up."
            ) from error
