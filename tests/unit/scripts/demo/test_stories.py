"""Which ends of an order a story allows."""

from typing import Any

import pytest

from orderflow_cli.demo.traffic import SPECIAL, STORIES
from simulators.payment_provider import SCENARIOS


def ended(status: str, reason: str | None = None, refunds: int = 0) -> dict[str, Any]:
    order: dict[str, Any] = {"status": status, "refunds": {f"ref-{number}": {} for number in range(refunds)}}
    return order if reason is None else {**order, "cancel_reason": reason}


@pytest.mark.parametrize(
    ("story", "order", "problem"),
    [
        *((story, ended("delivered"), None) for story in ("capture", "twice", "timeout")),
        ("capture", {"status": "delivered"}, None),
        ("capture", ended("shipped"), "ended shipped (no cancel reason)"),
        ("capture", ended("delivered", refunds=1), "had 1 refunds"),
        ("double", ended("delivered", refunds=1), None),
        *(("double", ended("delivered", refunds=count), f"had {count} refunds") for count in (0, 2)),
        ("decline", ended("cancelled", "payment_declined"), None),
        ("decline", ended("cancelled", "payment_deadline"), "ended cancelled (payment_deadline)"),
        ("silent", ended("cancelled", "payment_deadline"), None),
        ("silent", ended("placed"), "ended placed (no cancel reason)"),
        ("crossing", ended("refunded", "payment_deadline", 1), None),
        ("crossing", ended("cancelled", "payment_deadline"), "ended cancelled (payment_deadline)"),
        ("cancel", ended("cancelled", "customer_request"), None),
        ("sold_out", ended("cancelled", "out_of_stock"), None),
        ("sold_out", ended("refunded", "out_of_stock", 1), None),
        ("sold_out", ended("delivered"), "ended delivered (no cancel reason)"),
        ("sold_out", ended("refunded", "out_of_stock", 2), "had 2 refunds"),
    ],
)
def test_story_rejects_other_outcomes_of_its_order(story: str, order: dict[str, Any], problem: str | None) -> None:
    assert STORIES[story].problem(order) == problem


def test_every_story_is_shown_when_the_demo_runs() -> None:
    assert {*SPECIAL, "capture"} == STORIES.keys()
    assert len(set(SPECIAL)) == len(SPECIAL)


def test_provider_knows_every_story_when_the_demo_tells_it() -> None:
    assert {story.scenario or name for name, story in STORIES.items()} - {"sold_out"} <= SCENARIOS.keys()
