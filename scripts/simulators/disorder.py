"""Disorder where somebody asks for it: which orders it is for, drawn from a seed, and kept over a stop."""

import random
from typing import Any

from simulators.journal import Journal


class Disorder:
    """``ask`` names orders in a sequence: the same seed and the same place in it draw the same."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._draws = {entry["order_id"]: entry["draw"] for entry in journal.entries() if entry["kind"] == "disorder"}

    def ask(self, body: dict[str, Any]) -> list[str]:
        """``body``: {"seed": 7, "orders": [order ids]}; returns the ids."""
        seed, orders = int(body["seed"]), [str(order_id) for order_id in body["orders"]]
        for number, order_id in enumerate(orders):
            entry = {"kind": "disorder", "order_id": order_id, "draw": f"{seed}-{number}"}
            self._draws[order_id] = self._journal.append_once(f"disorder {order_id}", entry)[0]["draw"]
        return orders

    def chance(self, order_id: str, about: str) -> random.Random | None:
        """A source of chance for one decision about the order; None where all is to go as it should."""
        draw = self._draws.get(order_id)
        return None if draw is None else random.Random(f"{draw}\x1f{about}")  # noqa: S311  # a seed, not a secret

    def happens(self, order_id: str, about: str, probability: float) -> bool:
        chance = self.chance(order_id, about)
        return chance is not None and chance.random() < probability
