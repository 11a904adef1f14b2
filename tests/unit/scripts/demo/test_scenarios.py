"""The outcomes that a scenario allows for its order."""

from typing import Any

import pytest

from orderflow_cli.demo.traffic import SCENARIOS, SPECIAL_CASES
from simulators.payment_provider import SCENARIOS as PROVIDER_SCENARIOS


def ended_order(status: str, reason: str | None = None, refunds: int = 0) -> dict[str, Any]:
    order: dict[str, Any] = {"status": status, "refunds": {f"ref-{number}": {} for number in range(refunds)}}
    return order if reason is None else {**order, "cancel_reason": reason}


@pytest.mark.parametrize(
    ("scenario", "order", "problem"),
    [
        *((scenario, ended_order("delivered"), None) for scenario in ("capture", "twice", "timeout")),
        ("capture", {"status": "delivered"}, None),
        ("capture", ended_order("shipped"), "ended as shipped (no cancel reason)"),
        ("capture", ended_order("delivered", refunds=1), "has an unexpected refund count: 1"),
        ("double", ended_order("delivered", refunds=1), None),
        ("double", ended_order("delivered"), "has an unexpected refund count: 0"),
        ("double", ended_order("delivered", refunds=2), "has an unexpected refund count: 2"),
        ("decline", ended_order("cancelled", "payment_declined"), None),
        ("decline", ended_order("cancelled", "payment_deadline"), "ended as cancelled (payment_deadline)"),
        ("silent", ended_order("cancelled", "payment_deadline"), None),
        ("silent", ended_order("placed"), "ended as placed (no cancel reason)"),
        ("crossing", ended_order("refunded", "payment_deadline", 1), None),
        ("crossing", ended_order("cancelled", "payment_deadline"), "ended as cancelled (payment_deadline)"),
        ("cancel", ended_order("cancelled", "customer_request"), None),
        ("sold_out", ended_order("cancelled", "out_of_stock"), None),
        ("sold_out", ended_order("refunded", "out_of_stock", 1), None),
        ("sold_out", ended_order("delivered"), "ended as delivered (no cancel reason)"),
        ("sold_out", ended_order("refunded", "out_of_stock", 2), "has an unexpected refund count: 2"),
    ],
)
def test_scenario_reports_an_unexpected_outcome(scenario: str, order: dict[str, Any], problem: str | None) -> None:
    assert SCENARIOS[scenario].problem(order) == problem


def test_demo_places_an_order_for_every_scenario() -> None:
    assert {*SPECIAL_CASES, "capture"} == SCENARIOS.keys()
    assert len(set(SPECIAL_CASES)) == len(SPECIAL_CASES)


def test_payment_provider_supports_every_scenario() -> None:
    assert {item.provider_scenario or key for key, item in SCENARIOS.items()} - {"sold_out"} <= set(PROVIDER_SCENARIOS)
