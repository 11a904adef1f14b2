"""Runs MiniStack so that the streams of its tables survive a stop: `python emulator.py`, by MiniStack's own Python.

MiniStack 1.5.33 saves how far each event source mapping has read a stream, but not the stream. After a start the
mapping would skip as many new records as it had read old ones, and what nobody had read yet would be lost. AWS keeps a
stream's records for 24 hours, whatever restarts. So they are saved with the tables here, and loaded with them.
"""

from typing import Any

from ministack import app  # type: ignore[import-not-found]
from ministack.services import dynamodb, lambda_svc  # type: ignore[import-not-found]

STREAMS = ("_stream_trimmed", "_stream_records")
"""By table: how many records are past their 24 hours, and the records; a position counts both."""

save_tables, load_tables, load_everything = dynamodb.get_state, dynamodb.load_persisted_state, app._load_persisted_state


def save() -> dict[str, Any]:
    return {**save_tables(), **{name: getattr(dynamodb, name) for name in STREAMS}}


def load(saved: dict[str, Any]) -> None:
    load_tables(saved)
    for name in STREAMS:
        getattr(dynamodb, name).update(saved.get(name, {}))


def load_all() -> None:
    """Positions without records, as a plain MiniStack leaves them, would be positions in another stream."""
    load_everything()
    if not dynamodb._stream_records.has_any():
        dynamodb._stream_trimmed.clear()
        lambda_svc._dynamodb_stream_positions.clear()


dynamodb.get_state, dynamodb.load_persisted_state, app._load_persisted_state = save, load, load_all

if __name__ == "__main__":
    app.main()
