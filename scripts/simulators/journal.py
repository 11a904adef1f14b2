"""A simulator's own book: appended to a file before it is acted on, so it outlives the process and can be checked."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Journal:
    """Append-only JSON lines; entries are kept in memory in the order they were written. Without a path only there."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        if path is not None and path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self._entries[entry["key"]] = entry

    def append_once(self, key: str, entry: Entry) -> tuple[Entry, bool]:
        """Write ``entry`` unless one with this key exists; returns the entry that counts and whether it is new."""
        with self._lock:
            if key in self._entries:
                return self._entries[key], False
            written = {"key": key, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **entry}
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(written, sort_keys=True) + "\n")
            self._entries[key] = written
            return written, True

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries.values())
