"""Captures the log lines and metrics that a function writes."""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from common.observability import clear_fields, logger, metric_sums, metrics


class Logs:
    """The lines logged so far, parsed."""

    def __init__(self, stream: io.StringIO) -> None:
        self._stream = stream

    @property
    def text(self) -> str:
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Return each line separately, even if an invocation wrote several as one."""
        entries = [json.loads(line) for line in self.text.splitlines()]
        return [{**entry, **line} for entry in entries for line in entry.get("lines", [{}])]

    def find_lines(self, message: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["message"] == message]


@contextmanager
def capture_logs() -> Iterator[Logs]:
    """Collect what the logger writes, without the keys that an earlier test added."""
    clear_fields()
    handler = logger.registered_handler
    stream = io.StringIO()
    original_stream = handler.setStream(stream)  # type: ignore[attr-defined]
    try:
        yield Logs(stream)
    finally:
        handler.setStream(original_stream)  # type: ignore[attr-defined]


def counts() -> dict[str, float]:
    """Return the sum of each metric, by name, since metrics were last written."""
    return {name: sum(metric["Value"]) for name, metric in metrics.metric_set.items()} | metric_sums


def reset_metrics() -> None:
    metrics.clear_metrics()
    metric_sums.clear()
