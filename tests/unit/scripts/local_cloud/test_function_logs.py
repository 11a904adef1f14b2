"""The logs of functions on the local cloud."""

import os
from queue import SimpleQueue
from threading import Timer
from types import SimpleNamespace

from orderflow_cli.local_cloud.ministack.logs import collect_log, read_log


def test_log_of_an_invocation_is_complete_when_its_reader_is_late() -> None:
    output, log = os.pipe()
    lines: SimpleQueue[str] = SimpleQueue()
    with open(output, encoding="utf-8") as pipe:
        worker = SimpleNamespace(_proc=SimpleNamespace(stderr=pipe), _stderr_queue=lines)
        worker._drain_stderr = lambda: [lines.get() for _ in range(lines.qsize())]
        worker._stderr_thread = Timer(0.3, read_log, [worker])
        os.write(log, b"one\ntwo\n")
        worker._stderr_thread.start()

        assert collect_log(worker) == "['one', 'two']"

        os.close(log)
        worker._stderr_thread.join()
