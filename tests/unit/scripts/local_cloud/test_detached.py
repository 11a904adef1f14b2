"""A detached process outlives the command that starts it, is found by its lock, and stops with its children."""

import os
import re
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from orderflow_cli import UserError
from orderflow_cli.local_cloud import detached
from orderflow_cli.local_cloud.detached import PORT_COUNT, Daemon, Process, find_free_base_port, require_free_port
from orderflow_cli.toolchain.processes import group_members
from tests.support.ports import free_port

READY_CODE = "import pathlib, time; pathlib.Path('ready').touch(); time.sleep(60)"
SIGTERM_IGNORING_CODE = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + READY_CODE
PARENT_CODE = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {READY_CODE!r}]);" + READY_CODE


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path / "program", "program")
    yield daemon
    daemon.stop()


def spawn(daemon: Daemon, code: str = READY_CODE, seconds: float = 30.0) -> Process:
    ready_file = daemon.folder / "ready"
    return daemon.spawn([sys.executable, "-c", code], free_port(), dict(os.environ), ready_file.exists, seconds)


def test_other_command_finds_the_same_process(daemon: Daemon) -> None:
    process = spawn(daemon)

    assert Daemon(daemon.folder, "program").process() == process
    assert os.getsid(process.pid) == process.pid != os.getsid(0)


@pytest.mark.parametrize("is_killed", [False, True])
def test_stop_leaves_no_process(daemon: Daemon, monkeypatch: pytest.MonkeyPatch, is_killed: bool) -> None:
    monkeypatch.setattr(detached, "WORKER_STOP_SECONDS", 2.0)
    monkeypatch.setattr(detached, "STOP_SECONDS", 0.2 if is_killed else detached.STOP_SECONDS)
    process = spawn(daemon, SIGTERM_IGNORING_CODE if is_killed else PARENT_CODE)

    assert daemon.stop()

    assert (group_members(process.pid), daemon.process()) == ([], None)
    assert daemon.ended_unexpectedly() is is_killed
    assert daemon.log.exists()


def test_process_killed_from_outside_ended_unexpectedly(daemon: Daemon) -> None:
    process = spawn(daemon)
    os.kill(process.pid, signal.SIGKILL)
    os.waitpid(process.pid, 0)

    assert daemon.process() is None
    assert daemon.ended_unexpectedly()
    assert spawn(daemon).pid != process.pid
    assert not daemon.ended_unexpectedly()


def test_other_process_with_the_recorded_id_is_ignored(daemon: Daemon) -> None:
    spawn(daemon)
    daemon.stop()
    (daemon.folder / "process.json").write_text(f'{{"pid": {os.getpid()}, "port": 1, "started_at": 0}}')

    assert daemon.process() is None
    assert not daemon.stop()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("print('first\\ncannot go on'); exit(3)", r"program exited with code 3 \(cannot go on\); see .*log"),
        ("import time; time.sleep(60)", r"program did not answer on port \d+ within 1 s; see .*program\.log"),
    ],
)
def test_failed_start_leaves_no_process_and_names_the_log(daemon: Daemon, code: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        spawn(daemon, code, seconds=30.0 if "exit" in code else 0.6)

    assert daemon.process() is None


def test_long_log_is_rotated_when_a_process_starts(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detached, "MAX_LOG_BYTES", 10)
    daemon.folder.mkdir(parents=True)
    daemon.log.write_text("more than ten bytes")

    spawn(daemon)

    assert daemon.log.with_suffix(".log.1").read_text() == "more than ten bytes"
    assert daemon.log.read_text() == ""


def test_error_names_the_port_when_another_program_uses_it(daemon: Daemon) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]

        with pytest.raises(UserError, match=rf"Port {port} on 127\.0\.0\.1 cannot be used .*ORDERFLOW_PORT"):
            daemon.spawn([sys.executable, "-c", READY_CODE], port, {}, lambda: True, 1.0)

    require_free_port(port)
    assert not daemon.log.exists()


def test_every_port_of_the_suggested_range_is_free() -> None:
    """A suggested port is the first of several: the simulators and the page use the ports above it."""
    first_port = find_free_base_port(20_000)
    with ExitStack() as stack:
        for port in (first_port, first_port + 10, first_port + 22):
            server = stack.enter_context(socket.socket())
            server.bind(("127.0.0.1", port))
            server.listen()

        with pytest.raises(UserError) as error_info:
            require_free_port(first_port)

        match = re.search(r"ORDERFLOW_PORT=(\d+)\.$", str(error_info.value))
        assert match
        assert int(match[1]) >= first_port + 30
        for port in range(int(match[1]), int(match[1]) + PORT_COUNT):
            require_free_port(port)
