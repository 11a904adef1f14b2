"""What a redrive did, one JSON line per letter and step, each on disk before the next step is taken.

A line says where the letter was, why, which orders it names and where it went; it never holds a payload. A later run
reads the receipts of earlier ones: what was sent and not yet deleted, because the run was interrupted, is only deleted.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from orderflow_cli import LOCAL, UserError
from orderflow_cli.recovery import times
from orderflow_cli.recovery.letters import Letter

FOLDER = LOCAL / "receipts"


class Receipts:
    """Written to `file`; `sent` holds the letters that earlier runs sent."""

    def __init__(self, environment: str, file: Path, stream: TextIO, sent: set[tuple[str, str]]) -> None:
        self.file = file
        self._environment = environment
        self._stream = stream
        self._sent = sent

    def was_sent(self, letter: Letter) -> bool:
        return (letter.place.name, letter.id) in self._sent

    def write(self, letter: Letter, state: str, *, to: str = "", why: str = "") -> None:
        line = {
            "at": times.stamp(times.now()),
            "environment": self._environment,
            "place": letter.place.name,
            "letter": letter.id,
            "state": state,
            "to": to,
            "why": why,
            "reason": letter.reason,
            "function": letter.function,
            "orders": letter.orders,
            "redrives": letter.redrives,
        }
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())
        if state == "sent":
            self._sent.add((letter.place.name, letter.id))


def default_file(environment: str, what: str) -> Path:
    return FOLDER / f"{what}-{environment}-{times.now():%Y%m%dT%H%M%S}-{os.getpid()}.jsonl"


@contextmanager
def open_receipts(environment: str, file: Path, folder: Path = FOLDER) -> Iterator[Receipts]:
    """Append to `file`, having read it and the others of `folder`. Raises UserError when it cannot be written."""
    earlier = {*folder.glob("*.jsonl"), *([file] if file.exists() else [])}
    sent = {known for one in earlier for known in _sent(one, environment)}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        stream = file.open("a", encoding="utf-8")
    except OSError as error:
        raise UserError(f"The receipt {file} cannot be written: {error.strerror}.") from error
    with stream:
        yield Receipts(environment, file, stream, sent)


def _sent(file: Path, environment: str) -> Iterator[tuple[str, str]]:
    for text in file.read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue  # cut off by what interrupted the run; it tells of a step that was not taken
        if isinstance(line, dict) and line.get("state") == "sent" and line.get("environment") == environment:
            yield str(line.get("place")), str(line.get("letter"))
