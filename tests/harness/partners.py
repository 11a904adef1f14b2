"""The payment provider and the carrier, in this process: a book of the same shape as the simulators keep, and callbacks
that are signed, repeated, late and made again until they are taken."""

import heapq
import itertools
import json
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from contracts.ids import derived_id
from simulators.callbacks import signed_headers
from tests.harness.stream_mapping import Clock

SECRETS = {"payment_provider": "p" * 32, "carrier": "c" * 32}
SCENARIOS = {"capture": 76, "twice": 10, "decline": 6, "silent": 4, "double": 4}
LONGEST_SECONDS = 30.0


class Partners:
    """`post(path, headers, body)` makes a call back and returns the status."""

    def __init__(self, seed: int, clock: Clock, post: Callable[[str, dict[str, str], bytes], int]) -> None:
        self._random = random.Random(seed)
        self._clock = clock
        self._post = post
        self._numbers = itertools.count()
        self._calls: list[tuple[float, int, str, bytes]] = []
        self._known: set[str] = set()
        self.scenario: str | None = None  # for every payment, instead of drawing one
        self.book: list[dict[str, Any]] = []
        self.requests: Counter[str] = Counter()

    def pay(self, body: str) -> None:
        data = json.loads(body)["detail"]["data"]
        order_id, key = data["order_id"], data["idempotency_key"]
        if not self._is_new("payment", key):
            return
        scenario = self.scenario or self._random.choices(list(SCENARIOS), list(SCENARIOS.values()))[0]
        money = {"amount": data["amount"], "currency": data["currency"]}
        payment = {"order_id": order_id, "payment_id": f"pay_{derived_id(key)}", **money}
        self.book.append({"kind": "payment", "scenario": scenario, **payment})
        if scenario == "decline":
            declined = {"order_id": order_id, "payment_id": payment["payment_id"], "reason": "insufficient_funds"}
            self._call("payment-provider", "payment.declined", declined)
        elif scenario != "silent":
            self._capture(payment, twice=scenario == "twice")
            if scenario == "double":
                self._capture({**payment, "payment_id": f"pay_{derived_id(key, 'again')}"})

    def refund(self, body: str) -> None:
        data = json.loads(body)["detail"]["data"]
        if not self._is_new("refund", data["idempotency_key"]):
            return
        refund = {name: data[name] for name in ("order_id", "refund_id", "payment_id", "amount", "currency")}
        self.book.append({"kind": "refund", **refund})
        self._call("payment-provider", "refund.completed", {**refund, "completed_at": _now()})

    def ship(self, body: str) -> None:
        data = json.loads(body)["detail"]["data"]
        if not self._is_new("shipment", data["shipment_id"]):
            return
        shipment = {"order_id": data["order_id"], "shipment_id": data["shipment_id"]}
        self.book.append({"kind": "shipment", **shipment})
        self._call("carrier", "shipment.delivered", {**shipment, "delivered_at": _now()})

    def step(self) -> bool:
        """Make the calls back that are due."""
        moved = False
        while self._calls and self._calls[0][0] <= self._clock.now:
            _, _, caller, body = heapq.heappop(self._calls)
            secret = SECRETS[caller.replace("-", "_")]
            if self._post(f"/webhooks/{caller}", signed_headers(secret, body), body) != 202:
                self._schedule(caller, body, 5.0)
            moved = True
        return moved

    def next_due(self) -> float | None:
        return self._calls[0][0] if self._calls else None

    def _is_new(self, kind: str, key: str) -> bool:
        self.requests[f"{kind} {key}"] += 1
        return self.requests[f"{kind} {key}"] == 1

    def _capture(self, payment: dict[str, Any], *, twice: bool = False) -> None:
        self.book.append({"kind": "capture", **payment})
        for _ in range(1 + twice):
            self._call("payment-provider", "payment.captured", {**payment, "captured_at": _now()})

    def _call(self, caller: str, kind: str, data: dict[str, Any]) -> None:
        body = json.dumps({"id": f"call_{next(self._numbers)}", "type": kind, "data": data}).encode()
        self._schedule(caller, body, self._random.uniform(0, LONGEST_SECONDS))

    def _schedule(self, caller: str, body: bytes, seconds: float) -> None:
        heapq.heappush(self._calls, (self._clock.now + seconds, next(self._numbers), caller, body))


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())
