"""Many orders of every producer at once, with the simulators' disorder on: `make bench` sends a thousand."""

from concurrent.futures import Future

from bench.mixed_orders import Outcome
from tests.e2e.early import MIXED_ORDERS


def test_every_order_ends_and_all_books_agree_when_mixed_orders_meet_disorder(mixed: "Future[Outcome]") -> None:
    outcome = mixed.result()

    assert outcome.problems == []
    assert len(outcome.load.accepted) == MIXED_ORDERS
    assert outcome.load.settled() == MIXED_ORDERS
    ended = {item["status"] for item in outcome.load.items()}
    assert {"delivered", "cancelled"} <= ended <= {"delivered", "cancelled", "refunded"}
    assert {item["channel"] for item in outcome.load.items()} == {"web", "mobile", "pos", "partner"}
