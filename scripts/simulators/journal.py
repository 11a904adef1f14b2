"""A simulator's write-ahead journal, which survives a restart of the simulator."""

import json
import random
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


class Journal:
    """Append-only entries, kept in memory in write order and, if a path is given, in a JSON Lines file."""

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
        """Append ``entry`` unless one with this key exists; return the stored entry and whether it is new."""
        with self._lock:
            if key in self._entries:
                return self._entries[key], False
            stored_entry = {"key": key, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **entry}
            if self._path is not None:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(stored_entry, sort_keys=True) + "\n")
            self._entries[key] = stored_entry
            return stored_entry, True

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries.values())


class SeededFaults:
    """Seeded faults for selected orders: the same seed and position in the selection give the same faults."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._draws = {entry["order_id"]: entry["draw"] for entry in journal.entries() if entry["kind"] == "disorder"}

    def select_orders(self, body: dict[str, Any]) -> list[str]:
        """Select the orders of ``{"seed": 7, "orders": [order ids]}`` and return their ids."""
        seed, orders = int(body["seed"]), [str(order_id) for order_id in body["orders"]]
        for number, order_id in enumerate(orders):
            entry = {"kind": "disorder", "order_id": order_id, "draw": f"{seed}-{number}"}
            self._draws[order_id] = self._journal.append_once(f"disorder {order_id}", entry)[0]["draw"]
        return orders

    def create_random_generator(self, order_id: str, decision: str) -> random.Random | None:
        """Return a random number generator for one decision about the order; None for an order without faults."""
        draw = self._draws.get(order_id)
        return None if draw is None else random.Random(f"{draw}\x1f{decision}")  # noqa: S311  # a seed, not a secret

    def occurs(self, order_id: str, decision: str, probability: float) -> bool:
        rng = self.create_random_generator(order_id, decision)
        return rng is not None and rng.random() < probability
