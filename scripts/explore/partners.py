"""The payment provider and the carrier of a history: the simulators' code, run on the history's clock."""

import json
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from simulators.callbacks import Callbacks
from simulators.carrier import Carrier
from simulators.journal import Entry, Journal
from simulators.payment_provider import PaymentProvider

SECRETS = {"payment_provider": "p" * 32, "carrier": "c" * 32}
API_KEY = "key"
IDEMPOTENCY_KEY_LIFETIME = timedelta(days=1)
"""How long the provider keeps an idempotency key. https://www.checkout.com/docs/payments/manage-payments/idempotency"""
SCENARIO_WEIGHTS: Mapping[str, int] = {
    **{"capture": 50, "twice": 6, "late": 6, "decline": 5, "second_card": 8, "silent": 5, "mute": 3, "double": 6},
    **{"wrong_amount": 4, "other_currency": 3, "contradiction": 3, "crossing": 3},
}
"""The weight of each scenario of the provider."""
# Delays of a scenario's steps, which replace the simulator's.
_DELAYS = (0.0, 5.0, 60.0, 900.0, 2_000.0, 4_000.0)

type JsonObject = Mapping[str, Any]


class _HistoryCallbacks:
    """Callbacks that are scheduled in the history instead of sent over HTTP."""

    def __init__(
        self, caller: str, call_later: Any, call: Callable[[str, JsonObject], None], rng: random.Random
    ) -> None:
        self._caller, self._call_later, self._call, self._rng = caller, call_later, call, rng

    def send(self, call: JsonObject, delay_seconds: float) -> None:
        self._call_later(self._rng.choice((0.1, delay_seconds, 30.0)), lambda: self._call(self._caller, call))

    def call_later(self, _: float, action: Callable[[], None]) -> None:
        self._call_later(self._rng.choice(_DELAYS), action)


class Partners:
    """Both partners; `call(caller, body)` makes a callback. Orders get random scenarios unless `scenario` is set."""

    def __init__(self, rng: random.Random, call_later: Any, call: Any, now: Callable[[], datetime]) -> None:
        def timestamp() -> str:
            return now().isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"

        def partner_arguments(caller: str) -> tuple[Journal, Callbacks, str]:
            journal = self._journals[caller] = Journal(None)
            return journal, cast(Callbacks, _HistoryCallbacks(caller, call_later, call, rng)), API_KEY

        self._rng = rng
        self._now = now
        self._first_requests: dict[str, datetime] = {}
        self._journals: dict[str, Journal] = {}
        self._provider = PaymentProvider(*partner_arguments("payment-provider"), timestamp)
        self._carrier = Carrier(*partner_arguments("carrier"), lambda: now().timestamp())
        self.scenarios: dict[str, str] = {}
        self.scenario: str | None = None
        self._repaired = False

    def pay(self, event: JsonObject) -> None:
        data = dict(event["data"])
        if data["order_id"] not in self.scenarios:
            drawn_scenario = self._rng.choices(list(SCENARIO_WEIGHTS), list(SCENARIO_WEIGHTS.values()))[0]
            scenario = "silent" if self._repaired and drawn_scenario == "mute" else drawn_scenario
            self.set_scenario(data["order_id"], self.scenario or scenario)
        key = data["idempotency_key"]
        expirations = (self._now() - self._first_requests.setdefault(key, self._now())) // IDEMPOTENCY_KEY_LIFETIME
        self._provider.pay(data, _headers(f"{key}-{expirations}" if expirations else key))

    def void(self, event: JsonObject) -> None:
        self._provider.void(dict(event["data"]), _headers(event["metadata"]["event_id"]))

    def refund(self, event: JsonObject) -> None:
        self._provider.refund(dict(event["data"]), _headers(event["data"]["idempotency_key"]))

    def ship(self, event: JsonObject) -> None:
        self._carrier.ship(dict(event["data"]), _headers(event["data"]["shipment_id"]))

    def repair(self) -> None:
        """Make the provider answer void requests from now on, even in the scenario `mute`."""
        self._repaired = True
        for order_id, scenario in self.scenarios.items():
            if scenario == "mute":
                self._provider.set_scenarios({order_id: "silent"}, {})

    def entries(self, *kinds: str) -> list[Entry]:
        """Return the journals' entries of the given kinds."""
        return [entry for journal in self._journals.values() for entry in journal.entries() if entry["kind"] in kinds]

    def set_scenario(self, order_id: str, scenario: str) -> None:
        self.scenarios[order_id] = scenario
        self._provider.set_scenarios({order_id: scenario}, {})


def _headers(key: str) -> dict[str, str]:
    return {"x-api-key": API_KEY, "idempotency-key": key}


def callback_body(call: JsonObject) -> bytes:
    return json.dumps(call).encode()
