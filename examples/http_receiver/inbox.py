"""Stores each received message once: SNS delivers at least once, and again when a response is late."""

import sqlite3
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path

_CREATE_TABLE = """CREATE TABLE IF NOT EXISTS inbox (
    topic_arn TEXT NOT NULL,
    message_id TEXT NOT NULL,
    received_at TEXT NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (topic_arn, message_id)
) WITHOUT ROWID"""


class Inbox:
    """An inbox in a SQLite file. A message is on disk before `add` returns, so a crash loses no acknowledged message.

    Do your own processing in the same transaction as the insert, so that it also happens only once."""

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(file, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute(_CREATE_TABLE)

    def add(self, topic_arn: str, message_id: str, message: str, now: datetime) -> bool:
        """Store the message; return False if it was already stored. Raises sqlite3.Error (disk full, locked)."""
        row = (topic_arn, message_id, now.isoformat(), message)
        with self._lock, self._connection, closing(self._connection.cursor()) as cursor:
            cursor.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?, ?, ?)", row)
            return cursor.rowcount == 1

    def messages(self) -> list[str]:
        """Return the messages in the order of arrival."""
        with self._lock:
            rows = self._connection.execute("SELECT message FROM inbox ORDER BY received_at, message_id").fetchall()
        return [row[0] for row in rows]

    def close(self) -> None:
        self._connection.close()
