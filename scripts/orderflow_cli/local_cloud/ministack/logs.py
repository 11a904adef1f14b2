"""Corrects the logs of functions: every line belongs to the invocation that wrote it.

MiniStack waits 50 ms for an invocation's lines, too short on a busy machine: they appeared with the next invocation."""

import os
import select
import threading
import time
from typing import IO, Any

MAX_SECONDS = 5.0
reading = threading.Lock()


def read_log(worker: Any) -> None:
    """Queue the lines of a worker's log until it ends. Data is either in the pipe or in the queue, outside the lock."""
    pipe, rest, is_open = worker._proc.stderr, b"", True
    while is_open:
        has_data(pipe, None)
        with reading:
            is_open = bool(chunk := os.read(pipe.fileno(), 65_536))
            *lines, rest = (rest + (chunk or b"\n" * bool(rest))).split(b"\n")
            for line in lines:
                worker._stderr_queue.put(line.decode(errors="replace"))


def collect_log(worker: Any, *_: Any, **__: Any) -> str:
    """Return the invocation's lines. The function writes them before its response, so they are at least in the pipe."""
    deadline = time.monotonic() + MAX_SECONDS
    while time.monotonic() < deadline:
        with reading:
            process = worker._proc
            if not worker._stderr_thread.is_alive() or (process and not has_data(process.stderr, 0)):
                break
        time.sleep(0.001)
    return str(worker._drain_stderr())


def has_data(pipe: IO[str], milliseconds: int | None) -> bool:
    """Wait for data or the end of the pipe; None waits forever."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(milliseconds))


def correct() -> None:
    from ministack.core.lambda_runtime import ProvidedWorker, Worker  # type: ignore[import-not-found]

    ProvidedWorker._drain_stderr_bounded = Worker._drain_stderr_bounded  # its log shares a pipe with its output
    Worker._read_stderr, Worker._drain_stderr_bounded = read_log, collect_log
