"""Simulates the carrier on the local cloud.

``POST /shipments`` (from the API destination) records a shipment once per idempotency key. A later signed call to the
webhooks API reports its delivery; deliveries are reported out of order. ``PUT /disorder`` selects orders whose calls
may be repeated; a seed determines which calls. ``GET /book`` returns the carrier's records."""

import hashlib
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from simulators.callbacks import Callbacks
from simulators.journal import Journal
from simulators.server import UNAUTHORIZED_RESPONSE, Response, Route, Simulator, run

MAX_DELIVERY_SECONDS = 2.0
REPEAT_PROBABILITY = 0.15


class Carrier(Simulator):
    def __init__(
        self, journal: Journal, callbacks: Callbacks, api_key: str, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(journal, callbacks, api_key)
        self._now = now

    def select_orders_for_faults(self, body: dict[str, Any], _: dict[str, str]) -> Response:
        return 200, {"orders": len(self._faults.select_orders(body))}

    def ship(self, body: dict[str, Any], headers: dict[str, str]) -> Response:
        if not (key := self._authorized_idempotency_key(headers)):
            return UNAUTHORIZED_RESPONSE
        shipment = {"kind": "shipment", "order_id": body["order_id"], "shipment_id": body["shipment_id"]}
        entry, is_new = self._journal.append_once(f"shipment {key}", shipment)
        if is_new:
            self._deliver(entry["order_id"], entry["shipment_id"])
        return 200, {"shipment_id": entry["shipment_id"], "state": "on its way"}

    def _deliver(self, order_id: str, shipment_id: str) -> None:
        delay = random.Random(shipment_id).uniform(0.1, MAX_DELIVERY_SECONDS)  # noqa: S311  # no secret
        delivered_at = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(self._now() + delay))
        call_id = f"call_{hashlib.sha256(shipment_id.encode()).hexdigest()[:24]}"
        data = {"order_id": order_id, "shipment_id": shipment_id, "delivered_at": delivered_at}
        call = {"id": call_id, "type": "shipment.delivered", "data": data}
        self.callbacks.send(call, delay)
        if self._faults.occurs(order_id, "delivered again", REPEAT_PROBABILITY):
            self.callbacks.send(call, delay + 0.5)


def main() -> int:
    def routes(carrier: Carrier) -> dict[tuple[str, str], Route]:
        return {("POST", "/shipments"): carrier.ship, ("PUT", "/disorder"): carrier.select_orders_for_faults}

    return run("Simulates the carrier on the local cloud.", Carrier, routes)


if __name__ == "__main__":
    sys.exit(main())
