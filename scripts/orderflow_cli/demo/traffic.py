"""The demo's traffic: generated orders, and requests that the storefront must reject.

Everything is generated from a seed, so two runs with the same seed send the same orders; only their
Idempotency-Keys, and thus their order ids, differ, because the keys contain ``run_id``."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

CITIES = (("DE", "Hamburg", "20095"), ("FR", "Lyon", "69001"), ("ES", "Sevilla", "41001"), ("NL", "Utrecht", "3511"))
JSON_TYPE = "application/json"


@dataclass(frozen=True)
class Order:
    """One order to place. ``scenario``: the key in SCENARIOS of what the demo causes and how the order must end."""

    customer_id: str
    idempotency_key: str
    body: dict[str, Any]
    scenario: str = "capture"

    @property
    def order_id(self) -> str:
        """The order id that the storefront will assign."""
        from contracts import ids

        return ids.order_id("online", self.customer_id, self.idempotency_key)


@dataclass(frozen=True)
class InvalidRequest:
    """A request that must be rejected with ``expected_status`` and must not publish an event."""

    description: str
    body: bytes
    expected_status: int
    headers: dict[str, str] = field(default_factory=dict)


def orders(run_id: str, skus: list[str], count: int, scenarios: Sequence[str], seed: int) -> Iterator[Order]:
    """Yield ``count`` orders, alternating between website and app. The first orders get one of ``scenarios``
    each; the payments of the others are captured.

    The storefront limits each customer's orders per hour, so a larger ``count`` has more customers."""
    rng = random.Random(seed)  # noqa: S311  # a seed, not a secret
    for number in range(count):
        channel = ("web", "mobile")[number % 2]
        chosen_skus = rng.sample(skus, rng.randint(1, min(4, len(skus))))
        lines = [{"sku": sku, "quantity": rng.randint(1, 3)} for sku in chosen_skus]
        yield Order(
            customer_id=f"customer-{rng.randint(1, max(24, count // 4)):03d}",
            idempotency_key=f"{run_id}-{number:05d}",
            body={"channel": channel, "lines": lines, "shipping_address": address(rng)},
            scenario=scenarios[number] if number < len(scenarios) else "capture",
        )


def address(rng: random.Random) -> dict[str, str]:
    country, city, postal_code = rng.choice(CITIES)
    location = {"postal_code": postal_code, "city": city, "country": country}
    return {"name": "A. Customer", "line1": f"Demo Street {rng.randint(1, 99)}", **location}


def invalid_requests(run_id: str, valid_order: Order) -> list[InvalidRequest]:
    """Return malformed and forbidden requests, each of a different kind, most of them variations of a valid order."""

    def build_body(**changes: Any) -> bytes:
        return json.dumps({**valid_order.body, **changes}).encode()

    line, key_header = valid_order.body["lines"][0], {"Idempotency-Key": valid_order.idempotency_key}
    text = json.dumps(valid_order.body)
    text_with_duplicate_key = text[:-1] + ', "channel": "web"}'
    text_with_nan = text.replace('"quantity": ', '"quantity": NaN, "was": ', 1)
    requests: list[tuple[str, bytes, int, dict[str, str]]] = [
        ("negative quantity", build_body(lines=[{**line, "quantity": -1}]), 422, {}),
        ("unknown SKU", build_body(lines=[{**line, "sku": "NO-SUCH-SKU"}]), 422, {}),
        ("price set by the client", build_body(lines=[{**line, "unit_price": 1}]), 422, {}),
        ("status set by the client", build_body(status="paid"), 422, {}),
        ("body of 2 MB", build_body(note="x" * 2_000_000), 413, {}),
        ("JSON nested 10,000 levels deep", b"[" * 10_000 + b"]" * 10_000, 400, {}),
        ("NaN", text_with_nan.encode(), 400, {}),
        ("duplicate key", text_with_duplicate_key.encode(), 400, {}),
        ("not JSON", b"quantity=3", 400, {}),
        ("wrong content type", text.encode(), 415, {"Content-Type": "text/plain"}),
        ("reused Idempotency-Key", build_body(lines=[{**line, "quantity": 9}]), 422, key_header),
    ]
    base_headers = {"Content-Type": JSON_TYPE, "X-Customer-Id": valid_order.customer_id}
    return [
        InvalidRequest(description, body, status, {**base_headers, "Idempotency-Key": f"{run_id}-bad-{n}", **headers})
        for n, (description, body, status, headers) in enumerate(requests)
    ]


def till_file(run_id: str, prices: dict[str, int], receipt_count: int, date: str, seed: int) -> tuple[str, int, int]:
    """Return a till's CSV file, the number of its valid receipts, and that of its invalid rows. ``prices``: by SKU."""
    rng = random.Random(seed + 1)  # noqa: S311  # a seed, not a secret
    header = "store_id,till_id,receipt_number,business_date,sku,quantity,unit_price,currency,payment_id,method,paid_at"
    rows = [header]
    for number in range(receipt_count):
        for sku in rng.sample(sorted(prices), rng.randint(1, 3)):
            rows.append(
                f"berlin-01,till-{1 + number % 3},{run_id}-{number:04d},{date},{sku},{rng.randint(1, 4)},"
                f"{prices[sku]},EUR,till-pay-{run_id}-{number:04d},card,{date}T10:{number % 60:02d}:00.000Z"
            )
    sku = min(prices)
    paid_at = f"{date}T10:00:00.000Z"
    rows.append(f"berlin-01,till-1,{run_id}-neg,{date},{sku},-2,{prices[sku]},EUR,till-pay-x,card,{paid_at}")
    rows.append(f"berlin-01,till-1,{run_id}-cut,{date},{sku}")
    return "\r\n".join(rows) + "\r\n", receipt_count, 2


@dataclass(frozen=True)
class Scenario:
    """The expected outcome of an order: its allowed final (status, cancel reason) pairs and refund counts, and whether
    the order stays open until the payment deadline. ``provider_scenario``: the provider's scenario, if it differs."""

    description: str
    final_states: frozenset[tuple[str, str | None]]
    refund_counts: frozenset[int] = frozenset({0})
    awaits_deadline: bool = False
    provider_scenario: str | None = None

    def problem(self, order: Mapping[str, Any]) -> str | None:
        """Return how the order differs from the expected outcome; None if it does not."""
        status, reason = order["status"], order.get("cancel_reason")
        if (status, reason) not in self.final_states:
            return f"ended as {status} ({reason or 'no cancel reason'})"
        count = len(order.get("refunds", {}))
        return None if count in self.refund_counts else f"has an unexpected refund count: {count}"


_DELIVERED_STATES = frozenset({("delivered", None)})
_DECLINED_STATES = frozenset({("cancelled", "payment_declined")})
_UNPAID_STATES = frozenset({("cancelled", "payment_deadline")})
_LATE_PAYMENT_STATES = frozenset({("refunded", "payment_deadline")})
_CUSTOMER_REQUEST_STATES = frozenset({("cancelled", "customer_request")})
_SOLD_OUT_STATES = frozenset({("cancelled", "out_of_stock"), ("refunded", "out_of_stock")})

SCENARIOS: Mapping[str, Scenario] = {
    "capture": Scenario("paid, shipped, delivered", _DELIVERED_STATES),
    "twice": Scenario("the payment provider reported the capture twice", _DELIVERED_STATES),
    "timeout": Scenario("the payment provider answered after the timeout", _DELIVERED_STATES),
    "double": Scenario("charged twice: the second charge was refunded", _DELIVERED_STATES, frozenset({1})),
    "second_card": Scenario("declined, then paid with a second card", _DELIVERED_STATES),
    "decline": Scenario("declined, and cancelled after the payment deadline", _DECLINED_STATES, awaits_deadline=True),
    "silent": Scenario("never paid, and cancelled after the payment deadline", _UNPAID_STATES, awaits_deadline=True),
    "crossing": Scenario("paid too late: refunded", _LATE_PAYMENT_STATES, frozenset({1}), awaits_deadline=True),
    "cancel": Scenario("not paid, and cancelled by the customer", _CUSTOMER_REQUEST_STATES, provider_scenario="silent"),
    "sold_out": Scenario("out of stock: cancelled, or refunded if already paid", _SOLD_OUT_STATES, frozenset({0, 1})),
}
SPECIAL_CASES = ("silent", "crossing", "sold_out", "cancel", "decline", "second_card", "double", "timeout", "twice")
