"""Simulates the payment provider on the local cloud.

The API destinations call ``POST /payments``, ``POST /voids`` and ``POST /refunds``. The provider processes a
repeated call once, and reports the result later with a signed call to the webhooks API. A payment is captured unless
``PUT /scenarios`` sets another scenario for the order, or ``PUT /disorder`` draws one from a seed. ``GET /book``
returns the provider's records."""

import hashlib
import random
import sys
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from simulators.callbacks import Callbacks
from simulators.journal import Entry, Journal
from simulators.server import UNAUTHORIZED_RESPONSE, Response, Route, Simulator, run

TIMEOUT_SECONDS = 6.0  # API destinations wait 5 s
SLOW_RESPONSE_SECONDS = 2.0
LATE_CAPTURE_SECONDS = 150.0
FOLLOW_UP_SECONDS = 5.0
SCENARIOS = {
    "capture": "captured after a short delay",
    "twice": "captured; the capture is reported twice",
    "slow": f"captured, but each response to a payment request takes {SLOW_RESPONSE_SECONDS:.0f} s",
    "timeout": "captured, but the first response arrives after the caller's timeout",
    "decline": "declined, with no second attempt",
    "second_card": f"declined, then captured from another card after {FOLLOW_UP_SECONDS:.0f} s",
    "silent": "neither captured nor declined; voided when the payment term ends",
    "mute": "like silent, but void requests are not answered either",
    "held": "captured when POST /release is called for the order",
    "late": f"captured after {LATE_CAPTURE_SECONDS:.0f} s, unless voided first",
    "double": "charged twice under two payment ids",
    "wrong_amount": "captured with an amount one cent too low, then with the right amount",
    "other_currency": "captured in another currency, then in the right one",
    "contradiction": "captured, then reported with another amount under the same payment id",
    "crossing": f"captured while being voided; the capture is reported {FOLLOW_UP_SECONDS:.0f} s later",
}
# How many of 100 payments with injected faults draw each scenario; the other payments are captured.
FAULT_PERCENTAGES = {"twice": 8, "timeout": 2, "decline": 4, "second_card": 4, "silent": 2, "late": 2, "double": 3}
REPEAT_PROBABILITY = 0.1
PAYMENT_FIELDS = ("order_id", "payment_id", "amount", "currency")


class PaymentProvider(Simulator):
    """The payment provider. It journals each decision before acting on it, and derives payments from the journal."""

    def __init__(
        self, journal: Journal, callbacks: Callbacks, api_key: str, now: Callable[[], str] | None = None
    ) -> None:
        super().__init__(journal, callbacks, api_key)
        self._now = now or _now
        self._calls: dict[str, int] = {}
        self._lock = threading.RLock()
        # Scenarios survive a restart, as an order can be paid after one.
        self._scenarios: dict[str, str] = {}
        self._unvoided_payments: dict[str, Entry] = {}
        self._captures: defaultdict[str, list[Entry]] = defaultdict(list)
        self._balances: defaultdict[str, int] = defaultdict(int)
        self._voided_terms: dict[str, str] = {}
        self._requested_orders: set[str] = set()
        for entry in journal.entries():
            self._apply_entry(entry)
        for entry in list(self._unvoided_payments.values()):
            self._run_scenario(entry)

    def set_scenarios(self, body: dict[str, Any], _: dict[str, str]) -> Response:
        unknown_scenarios = sorted(set(body.values()) - set(SCENARIOS))
        if unknown_scenarios:
            raise ValueError(f"each scenario must be one of {', '.join(SCENARIOS)}; got {', '.join(unknown_scenarios)}")
        self._set_scenarios(body)
        return 200, {"set": len(body)}

    def draw_scenarios(self, body: dict[str, Any], _: dict[str, str]) -> Response:
        scenarios = {order_id: self._draw_scenario(order_id) for order_id in self._faults.select_orders(body)}
        self._set_scenarios(scenarios)
        return 200, {"scenarios": scenarios}

    def pay(self, body: dict[str, Any], headers: dict[str, str]) -> Response:
        key = self._authorized_idempotency_key(headers)
        if key is None:
            return UNAUTHORIZED_RESPONSE
        order_id, due_at = str(body["order_id"]), str(body.get("payment_due_at", "9"))
        with self._lock:
            self._calls[key] = self._calls.get(key, 0) + 1
            is_first_call = self._calls[key] == 1
            scenario = self._scenarios.get(order_id, "capture")
            # After a void was answered, nothing is captured for that term.
            kind = "refused" if self._voided_terms.get(order_id, "") >= due_at else "payment"
            fields = {"kind": kind, "scenario": scenario, "order_id": order_id, "payment_id": _identifier("pay", key)}
            payment = {**fields, "amount": int(body["amount"]), "currency": str(body["currency"])}
            entry, is_new = self._journal.append_once(f"payment {key}", payment)
            if is_new and kind == "payment":
                self._apply_entry(entry)
                self._run_scenario(entry)
        if scenario == "timeout" and is_first_call:
            time.sleep(TIMEOUT_SECONDS)
        if scenario == "slow":
            time.sleep(SLOW_RESPONSE_SECONDS)
        return 200, {"payment_id": entry["payment_id"], "state": "pending"}

    def void(self, body: dict[str, Any], headers: dict[str, str]) -> Response:
        """Report the order's captures; if there are none, void the payment and report whether it had been requested."""
        if self._authorized_idempotency_key(headers) is None:
            return UNAUTHORIZED_RESPONSE
        order_id, due_at = str(body["order_id"]), str(body["payment_due_at"])
        with self._lock:
            payment, captures = self._unvoided_payments.get(order_id), self._captures[order_id]
            for capture in captures:
                self._report_capture(capture)
            if not captures and self._scenarios.get(order_id) != "mute":
                outcome = "voided" if order_id in self._requested_orders else "unknown"
                void = {"kind": "void", "order_id": order_id, "payment_due_at": due_at, "answer": outcome}
                entry, _ = self._journal.append_once(f"void {order_id} {due_at}", {**void, "asked_at": self._now()})
                self._apply_entry(entry)
                data = {"order_id": order_id, "payment_due_at": due_at}
                self._send_callback(entry, f"payment.{entry['answer']}", f"{order_id} {due_at}", data)
                if payment and payment["scenario"] == "crossing":
                    self._capture_payment(payment)
        return 200, {"state": "pending"}

    def refund(self, body: dict[str, Any], headers: dict[str, str]) -> Response:
        key = self._authorized_idempotency_key(headers)
        if key is None:
            return UNAUTHORIZED_RESPONSE
        refund = {name: body[name] for name in ("refund_id", *PAYMENT_FIELDS)}
        recorded_refunds = [entry for entry in self._journal.entries() if entry["key"] == f"refund {key}"]
        if not recorded_refunds and self._balances[refund["payment_id"]] < refund["amount"]:
            return 200, {"refund_id": refund["refund_id"], "state": "refused"}
        with self._lock:
            completed_refund = {"kind": "refund", **refund, "completed_at": self._now()}
            entry, is_new = self._journal.append_once(f"refund {key}", completed_refund)
            if is_new:
                self._apply_entry(entry)
        data = {**refund, "completed_at": entry["completed_at"]}
        self._send_callback(entry, "refund.completed", entry["refund_id"], data)
        return 200, {"refund_id": entry["refund_id"], "state": "pending"}

    def release(self, body: dict[str, Any], _: dict[str, str]) -> Response:
        with self._lock:
            entry = self._unvoided_payments.get(str(body["order_id"]))
            captured_ids = {capture["payment_id"] for capture in self._captures[str(body["order_id"])]}
            if entry is None or entry["scenario"] != "held" or entry["payment_id"] in captured_ids:
                return 404, {"error": "No payment is held for this order."}
            self._capture_payment(entry)
        return 200, {"released": entry["payment_id"]}

    def book(self, body: dict[str, Any], headers: dict[str, str]) -> Response:
        with self._lock:
            calls = dict(self._calls)
        return 200, {**super().book(body, headers)[1], "calls": calls}

    def _apply_entry(self, entry: Entry) -> None:
        match entry["kind"]:
            case "scenario":
                self._scenarios[entry["order_id"]] = entry["scenario"]
            case "payment":
                self._unvoided_payments[entry["order_id"]] = entry
                self._requested_orders.add(entry["order_id"])
            case "capture":
                self._captures[entry["order_id"]].append(entry)
                self._balances[entry["payment_id"]] += entry["amount"]
            case "refund":
                self._balances[entry["payment_id"]] -= entry["amount"]
            case "void":
                self._voided_terms[entry["order_id"]] = entry["payment_due_at"]
                self._unvoided_payments.pop(entry["order_id"], None)

    def _set_scenarios(self, scenarios: dict[str, str]) -> None:
        with self._lock:
            for order_id, scenario in scenarios.items():
                entry = {"kind": "scenario", "order_id": order_id, "scenario": scenario}
                self._apply_entry(self._journal.append_once(f"scenario {order_id} {uuid.uuid4()}", entry)[0])

    def _draw_scenario(self, order_id: str) -> str:
        rng = self._faults.create_random_generator(order_id, "scenario")
        if rng is None:
            return "capture"
        weights = {"capture": 100 - sum(FAULT_PERCENTAGES.values()), **FAULT_PERCENTAGES}
        return rng.choices(list(weights), list(weights.values()))[0]

    def _run_scenario(self, entry: Entry) -> None:
        """Perform the remaining steps of the scenario."""
        second_payment = {**entry, "payment_id": _identifier("pay", entry["key"], "again")}
        match entry["scenario"]:
            case "silent" | "mute" | "held" | "crossing":
                return
            case "decline" | "second_card":
                data = {**{name: entry[name] for name in PAYMENT_FIELDS[:2]}, "reason": "insufficient_funds"}
                self._send_callback(entry, "payment.declined", entry["payment_id"], data)
                if entry["scenario"] == "second_card":
                    self._schedule_capture(second_payment, FOLLOW_UP_SECONDS)
            case "late":
                self._schedule_capture(entry, LATE_CAPTURE_SECONDS)
            case "double":
                self._capture_payment(entry)
                self._schedule_capture(second_payment, FOLLOW_UP_SECONDS)
            case "wrong_amount":
                self._capture_payment({**entry, "amount": entry["amount"] - 1})
                self._schedule_capture(second_payment, FOLLOW_UP_SECONDS)
            case "other_currency":
                self._capture_payment({**entry, "currency": "XXX"})
                self._schedule_capture(second_payment, FOLLOW_UP_SECONDS)
            case "contradiction":
                self._capture_payment(entry)
                contradicting_capture = {**entry, "amount": entry["amount"] + 1, "captured_at": self._now()}
                self._report_capture(contradicting_capture, "contradicting")
            case _:
                self._capture_payment(entry)

    def _schedule_capture(self, entry: Entry, seconds: float) -> None:
        def capture() -> None:
            with self._lock:
                if entry["order_id"] in self._unvoided_payments:
                    self._capture_payment(entry)

        self.callbacks.call_later(seconds, capture)

    def _capture_payment(self, entry: Entry) -> None:
        capture = {"kind": "capture", **{name: entry[name] for name in PAYMENT_FIELDS}, "captured_at": self._now()}
        stored_entry, is_new = self._journal.append_once(f"capture {entry['payment_id']}", capture)
        if is_new:
            self._apply_entry(stored_entry)
            self._report_capture({**stored_entry, "scenario": entry["scenario"]})

    def _report_capture(self, capture: Entry, suffix: str = "") -> None:
        data = {name: capture[name] for name in (*PAYMENT_FIELDS, "captured_at")}
        self._send_callback(capture, "payment.captured", f"{capture['payment_id']}{suffix}", data)

    def _send_callback(self, entry: Entry, kind: str, subject: str, data: dict[str, Any]) -> None:
        delay = random.Random(f"{subject} {kind}").uniform(0.05, 0.6)  # noqa: S311  # no secret
        if entry.get("scenario") == "crossing" and kind == "payment.captured":
            delay += FOLLOW_UP_SECONDS
        call = {"id": _identifier("call", kind, subject), "type": kind, "data": data}
        self.callbacks.send(call, delay)
        is_repeated = self._faults.occurs(entry["order_id"], f"{kind} again", REPEAT_PROBABILITY)
        if entry.get("scenario") == "twice" or is_repeated:
            self.callbacks.send(call, delay + 0.5)


def _identifier(prefix: str, *parts: str) -> str:
    return f"{prefix}_{hashlib.sha256(':'.join(parts).encode()).hexdigest()[:24]}"


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime())


def main() -> int:
    def routes(provider: PaymentProvider) -> dict[tuple[str, str], Route]:
        return {
            ("POST", "/payments"): provider.pay,
            ("POST", "/voids"): provider.void,
            ("POST", "/refunds"): provider.refund,
            ("POST", "/release"): provider.release,
            ("PUT", "/scenarios"): provider.set_scenarios,
            ("PUT", "/disorder"): provider.draw_scenarios,
        }

    return run("Simulates the payment provider on the local cloud.", PaymentProvider, routes)


if __name__ == "__main__":
    sys.exit(main())
