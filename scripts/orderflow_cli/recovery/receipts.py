"""Records what a redrive, a discard or the replay of one event did: a JSON line per message and step, flushed to disk.

A line says where the message was and why, which orders it names, and where it was sent. Only the line of a discarded or
dropped message contains the payload, because nothing else keeps it. A run reads the receipts of earlier runs: a message
that was sent but, because of an interruption, not deleted is now deleted without being sent again."""

import base64
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from orderflow_cli import LOCAL_FOLDER, UserError, times
from orderflow_cli.observe.dead_letters.messages import Message

RECEIPTS_FOLDER = LOCAL_FOLDER / "receipts"


class ReceiptWriter:
    """Writes a receipt to `file`; `sent_messages` are the sources and ids of the messages that earlier runs sent."""

    def __init__(self, environment: str, file: Path, stream: TextIO, sent_messages: set[tuple[str, str]]) -> None:
        self.file = file
        self._environment = environment
        self._stream = stream
        self._sent_messages = sent_messages

    def was_sent(self, message: Message) -> bool:
        return (message.source.name, message.id) in self._sent_messages

    def write(self, message: Message, state: str, *, target: str = "", reason: str = "", payload: bool = False) -> None:
        line = {"at": times.rfc3339(times.now()), "environment": self._environment, **message.summary()}
        line |= {"state": state, "to": target, "why": reason}
        if payload:
            line |= {"payload": message.body, "attributes": _attributes_as_text(message.attributes)}
        self._stream.write(json.dumps(line) + "\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())
        if state == "sent":
            self._sent_messages.add((message.source.name, message.id))


def _attributes_as_text(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    base64_values = {name: base64.b64encode(one.get("BinaryValue", b"")).decode() for name, one in attributes.items()}
    return {name: str(one.get("StringValue", base64_values[name])) for name, one in attributes.items()}


def default_file(environment: str, action: str) -> Path:
    return RECEIPTS_FOLDER / f"{action}-{environment}-{times.now():%Y%m%dT%H%M%S}-{os.getpid()}.jsonl"


@contextmanager
def open_receipt(environment: str, file: Path, folder: Path = RECEIPTS_FOLDER) -> Iterator[ReceiptWriter]:
    """Open `file` for appending, after reading it and other receipts in `folder`. Raises UserError if that fails."""
    receipt_files = {*folder.glob("*.jsonl"), *([file] if file.exists() else [])}
    try:
        sent_messages = {message for one in receipt_files for message in _read_sent_messages(one, environment)}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        stream = file.open("a", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{error.filename} must be readable and writable; got: {error.strerror}.") from error
    with stream:
        yield ReceiptWriter(environment, file, stream, sent_messages)


def _read_sent_messages(file: Path, environment: str) -> Iterator[tuple[str, str]]:
    for text in file.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue  # truncated by an interruption; a message sent just before may be sent again
        if isinstance(line, dict) and line.get("state") == "sent" and line.get("environment") == environment:
            yield str(line.get("source")), str(line.get("message"))
