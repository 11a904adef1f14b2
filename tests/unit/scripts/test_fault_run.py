"""What a fault run says of itself: rounds add up, and nothing bad is a success."""

from collections import Counter
from typing import Any

import pytest

from bench.fault_run import ENOUGH_CHANCES, Totals, as_report, run


def good(**changes: Any) -> Totals:
    counts = {"accepted": 50, "settled": 45, "dead_lettered": 5, "settled_after_redrive": 50}
    chances = Counter({"bus -> intake": ENOUGH_CHANCES})
    return Totals(**{**counts, "chances": chances, "injected": Counter({"bus -> intake": 25}), **changes})


def test_rounds_add_up_when_they_are_put_together() -> None:
    totals = Totals()
    for _ in range(3):
        totals.add(good(redriven=Counter({"rule/intake": 2}), seconds=1.5))

    report = as_report(totals)

    assert totals.holds
    assert (report["accepted"], report["settled"], report["in a dead-letter queue"], report["lost"]) == (
        150,
        135,
        15,
        0,
    )
    assert (report["settled after redrive"], report["redriven by place"]) == (150, {"rule/intake": 6})
    assert report["hops"] == {"bus -> intake": [3 * ENOUGH_CHANCES, 75]}


@pytest.mark.parametrize(
    "changes",
    [
        {"settled": 44},
        {"settled_after_redrive": 49},
        {"lost": ["seed 1: ord_a waits for the warehouse"]},
        {"contradictions": ["seed 1: ord_a: the provider captured 2 times"]},
        {"refused": ["seed 1: request 3 was never accepted"]},
        {"injected": Counter({"bus -> intake": 9})},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_run_does_not_hold_when_anything_is_missing(changes: dict[str, Any]) -> None:
    assert good().holds
    assert not good(**changes).holds


def test_run_says_so_when_its_time_is_over() -> None:
    totals = run(100, seed=1, at_most_seconds=0)

    assert totals.accepted == 0
    assert [problem.partition(": ")[2] for problem in totals.problems] == ["no time for 50 orders"] * 2
