"""A payment provider for the local cloud.

``POST /payments`` and ``POST /refunds`` are what the API destinations call; each is booked once per idempotency key,
whatever the number of calls, and answered later by a signed call to the webhooks API. A payment is captured unless
``PUT /scenarios`` names another scenario for its order, or ``PUT /disorder`` draws one from a seed. ``GET /book`` is
the provider's own truth.
"""

import hashlib
import random
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

from simulators.callbacks import Callbacks
from simulators.disorder import Disorder
from simulators.journal import Entry, Journal
from simulators.server import Answer, common_arguments, serve

TIME_OUT_SECONDS = 6.0  # longer than the 5 s that an API destination waits
SLOW_SECONDS = 2.0
LATE_SECONDS = 150.0
SCENARIOS = {
    "capture": "captured after a moment",
    "twice": "captured, and every call back is made twice",
    "slow": f"captured, but every call is answered after {SLOW_SECONDS:.0f} s only",
    "timeout": "booked, but the first answer comes after the caller stopped waiting",
    "decline": "declined",
    "silent": "never answered: the payment deadline ends the order",
    "held": "captured when POST /release names the order",
    "late": f"captured after {LATE_SECONDS:.0f} s",
    "double": "charged twice under two payment ids",
}
# Of a hundred payments in disorder; the others are captured.
DRAWN = {"twice": 8, "timeout": 2, "decline": 6, "silent": 3, "late": 2, "double": 3}
REPEATED_CALLS = 0.1


class PaymentProvider:
    def __init__(self, book: Path, api_key: str) -> None:
        self._journal = Journal(book)
        self._api_key = api_key
        self._disorder = Disorder(self._journal)
        self._calls: dict[str, int] = {}
        self._held: dict[str, Entry] = {}
        self._lock = threading.Lock()
        # What it was told to do holds over a stop: an order may be paid for after it.
        told = (entry for entry in self._journal.entries() if entry["kind"] == "scenario")
        self._scenarios: dict[str, str] = {entry["order_id"]: entry["scenario"] for entry in told}
        self.callbacks = Callbacks(self._journal)
        captured = {entry["payment_id"] for entry in self._journal.entries() if entry["kind"] == "capture"}
        for entry in self._journal.entries():
            if entry["kind"] == "payment" and entry["scenario"] == "held" and entry["payment_id"] not in captured:
                self._held[entry["order_id"]] = entry

    def configure(self, body: dict[str, Any], _: dict[str, str]) -> Answer:
        self.callbacks.configure(body["callback_url"], body["secret"])
        return 200, {"configured": True}

    def set_scenarios(self, body: dict[str, Any], _: dict[str, str]) -> Answer:
        unknown = sorted(set(body.values()) - set(SCENARIOS))
        if unknown:
            raise ValueError(f"unknown scenario {', '.join(unknown)}; known: {', '.join(SCENARIOS)}")
        self._set(body)
        return 200, {"set": len(body)}

    def draw_scenarios(self, body: dict[str, Any], _: dict[str, str]) -> Answer:
        drawn = {order_id: self._draw(order_id) for order_id in self._disorder.ask(body)}
        self._set(drawn)
        return 200, {"scenarios": drawn}

    def _set(self, scenarios: dict[str, str]) -> None:
        with self._lock:
            for order_id, scenario in scenarios.items():
                entry = {"kind": "scenario", "order_id": order_id, "scenario": scenario}
                self._journal.append_once(f"scenario {order_id} {uuid.uuid4()}", entry)
            self._scenarios.update(scenarios)

    def pay(self, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        key = self._idempotency_key(headers)
        if key is None:
            return 401, {"error": "X-Api-Key and Idempotency-Key are required"}
        order_id = str(body["order_id"])
        with self._lock:
            self._calls[key] = self._calls.get(key, 0) + 1
            first_call = self._calls[key] == 1
            scenario = self._scenarios.get(order_id, "capture")
        payment = {
            "kind": "payment",
            "scenario": scenario,
            "order_id": order_id,
            "payment_id": _identifier("pay", key),
            "amount": int(body["amount"]),
            "currency": str(body["currency"]),
        }
        entry, new = self._journal.append_once(f"payment {key}", payment)
        if new:
            self._decide(entry)
        if scenario == "timeout" and first_call:
            time.sleep(TIME_OUT_SECONDS)
        if scenario == "slow":
            time.sleep(SLOW_SECONDS)
        return 200, {"payment_id": entry["payment_id"], "state": "pending"}

    def refund(self, body: dict[str, Any], headers: dict[str, str]) -> Answer:
        key = self._idempotency_key(headers)
        if key is None:
            return 401, {"error": "X-Api-Key and Idempotency-Key are required"}
        refund = {name: body[name] for name in ("order_id", "refund_id", "payment_id", "amount", "currency")}
        entry, new = self._journal.append_once(f"refund {key}", {"kind": "refund", **refund})
        if new:
            data = {**refund, "completed_at": _now()}
            self._call_back(entry, "refund.completed", entry["refund_id"], data)
        return 200, {"refund_id": entry["refund_id"], "state": "pending"}

    def release(self, body: dict[str, Any], _: dict[str, str]) -> Answer:
        with self._lock:
            entry = self._held.pop(str(body["order_id"]), None)
        if entry is None:
            return 404, {"error": "no payment is held for this order"}
        self._capture(entry)
        return 200, {"released": entry["payment_id"]}

    def book(self, _: dict[str, Any], __: dict[str, str]) -> Answer:
        with self._lock:
            calls = dict(self._calls)
        return 200, {
            "entries": self._journal.entries(),
            "calls": calls,
            "pending_callbacks": self.callbacks.pending(),
            "given_up": self.callbacks.given_up,
        }

    def _idempotency_key(self, headers: dict[str, str]) -> str | None:
        return headers.get("idempotency-key") if headers.get("x-api-key") == self._api_key else None

    def _draw(self, order_id: str) -> str:
        chance = self._disorder.chance(order_id, "scenario")
        if chance is None:
            return "capture"
        weights = {"capture": 100 - sum(DRAWN.values()), **DRAWN}
        return chance.choices(list(weights), list(weights.values()))[0]

    def _decide(self, entry: Entry) -> None:
        match entry["scenario"]:
            case "silent":
                return
            case "held":
                with self._lock:
                    self._held[entry["order_id"]] = entry
            case "decline":
                data = {
                    "order_id": entry["order_id"],
                    "payment_id": entry["payment_id"],
                    "reason": "insufficient_funds",
                }
                self._call_back(entry, "payment.declined", entry["payment_id"], data)
            case "late":
                self._capture(entry, LATE_SECONDS)
            case "double":
                self._capture(entry)
                self._capture({**entry, "payment_id": _identifier("pay", entry["key"], "again")}, 1.0)
            case _:
                self._capture(entry)

    def _capture(self, entry: Entry, delay_seconds: float = 0.0) -> None:
        self._journal.append_once(
            f"capture {entry['payment_id']}",
            {"kind": "capture", **{name: entry[name] for name in ("order_id", "payment_id", "amount", "currency")}},
        )
        data = {name: entry[name] for name in ("order_id", "payment_id", "amount", "currency")}
        self._call_back(entry, "payment.captured", entry["payment_id"], {**data, "captured_at": _now()}, delay_seconds)

    def _call_back(self, entry: Entry, kind: str, about: str, data: dict[str, Any], delay_seconds: float = 0.0) -> None:
        delay = delay_seconds + random.Random(f"{about} {kind}").uniform(0.05, 0.6)  # noqa: S311  # no secret
        call = {"id": _identifier("call", kind, about), "type": kind, "data": data}
        self.callbacks.send(call, delay)
        repeated = self._disorder.happens(entry["order_id"], f"{kind} again", REPEATED_CALLS)
        if entry.get("scenario") == "twice" or repeated:
            self.callbacks.send(call, delay + 0.5)


def _identifier(prefix: str, *parts: str) -> str:
    return f"{prefix}_{hashlib.sha256(':'.join(parts).encode()).hexdigest()[:24]}"


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


def main() -> int:
    arguments = common_arguments("A payment provider for the local cloud.").parse_args()
    provider = PaymentProvider(Path(arguments.book), arguments.api_key)
    routes = {
        ("POST", "/payments"): provider.pay,
        ("POST", "/refunds"): provider.refund,
        ("POST", "/release"): provider.release,
        ("PUT", "/scenarios"): provider.set_scenarios,
        ("PUT", "/disorder"): provider.draw_scenarios,
        ("PUT", "/configuration"): provider.configure,
        ("GET", "/book"): provider.book,
    }
    return serve(arguments.port, routes, provider.callbacks.close)


if __name__ == "__main__":
    sys.exit(main())
