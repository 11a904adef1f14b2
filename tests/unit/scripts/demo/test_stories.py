"""Which ends of an order a story allows."""

from typing import Any

import pytest

from orderflow_cli.demo.traffic import SPECIAL, STORIES
from simulators.payment_provider import SCENARIOS


def ended(status: str, reason: str | None = None, refunds: int = 0) -> dict[str, Any]:
    order: dict[str, Any] = {"status": status, "refunds": {f"ref-{number}": {} for number in range(refunds)}}
    return order if reason is None else {**order, "cancel_reason": reason}


@pytest.mark.parametrize(
    ("story", "order"),
    [
        ("capture", ended("delivered")),
        ("capture", {"status": "delivered"}),
        ("twice", ended("delivered")),
        ("timeout", ended("delivered")),
        ("double", ended("delivered", refunds=1)),
        ("decline", ended("cancelled", "payment_declined")),
        ("silent", ended("cancelled", "payment_deadline")),
        ("crossing", ended("refunded", "payment_deadline", 1)),
        ("cancel", ended("cancelled", "customer_request")),
        ("sold_out", ended("cancelled", "out_of_stock")),
        ("sold_out", ended("refunded", "out_of_stock", 1)),
    ],
)
def test_nothing_is_wrong_when_the_order_ended_as_told(story: str, order: dict[str, Any]) -> None:
    assert STORIES[story].problem(order) is None


@pytest.mark.parametrize(
    ("story", "order", "problem"),
    [
        ("capture", ended("shipped"), "ended shipped (no cancel reason)"),
        ("capture", ended("delivered", refunds=1), "had 1 refunds"),
        ("double", ended("delivered"), "had 0 refunds"),
        ("double", ended("delivered", refunds=2), "had 2 refunds"),
        ("decline", ended("cancelled", "payment_deadline"), "ended cancelled (payment_deadline)"),
        ("silent", ended("placed"), "ended placed (no cancel reason)"),
        ("crossing", ended("cancelled", "payment_deadline"), "ended cancelled (payment_deadline)"),
        ("sold_out", ended("delivered"), "ended delivered (no cancel reason)"),
        ("sold_out", ended("refunded", "out_of_stock", 2), "had 2 refunds"),
    ],
)
def test_difference_is_told_when_the_order_ended_otherwise(story: str, order: dict[str, Any], problem: str) -> None:
    assert STORIES[story].problem(order) == problem


def test_every_story_is_shown_when_the_demo_runs() -> None:
    assert {*SPECIAL, "capture"} == STORIES.keys()
    assert len(set(SPECIAL)) == len(SPECIAL)


def test_provider_knows_every_story_when_the_demo_tells_it() -> None:
    assert {story.scenario or name for name, story in STORIES.items()} - {"sold_out"} <= SCENARIOS.keys()
