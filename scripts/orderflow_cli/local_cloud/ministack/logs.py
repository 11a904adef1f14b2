"""Corrects the logs of functions: every line belongs to the invocation that wrote it.

MiniStack waits 50 ms for an invocation's lines; on a busy machine, late ones appear with the next invocation."""

import os
import select
import threading
import time
from typing import IO, Any

MAX_WAIT_SECONDS = 5.0
log_lock = threading.Lock()


def read_log(worker: Any) -> None:
    """Queue a worker's log lines until the log ends. `log_lock` is held while lines move from the pipe to the queue."""
    pipe, partial_line, is_open = worker._proc.stderr, b"", True
    while is_open:
        has_data(pipe, None)
        with log_lock:
            is_open = bool(chunk := os.read(pipe.fileno(), 65_536))
            *lines, partial_line = (partial_line + (chunk or b"\n" * bool(partial_line))).split(b"\n")
            for line in lines:
                worker._stderr_queue.put(line.decode(errors="replace"))


def collect_log(worker: Any, *_: Any, **__: Any) -> str:
    """Return the invocation's lines. The function writes them before its response, so the pipe has received them."""
    deadline = time.monotonic() + MAX_WAIT_SECONDS
    while time.monotonic() < deadline:
        with log_lock:
            process = worker._proc
            if not worker._stderr_thread.is_alive() or (process and not has_data(process.stderr, 0)):
                break
        time.sleep(0.001)
    return str(worker._drain_stderr())


def has_data(pipe: IO[str], milliseconds: int | None) -> bool:
    """Return whether the pipe has data or is closed within `milliseconds`; None waits forever."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return bool(poll.poll(milliseconds))


def apply_corrections() -> None:
    from ministack.core.lambda_runtime import ProvidedWorker, Worker  # type: ignore[import-not-found]

    ProvidedWorker._drain_stderr_bounded = Worker._drain_stderr_bounded  # its log shares a pipe with its output
    Worker._read_stderr, Worker._drain_stderr_bounded = read_log, collect_log
