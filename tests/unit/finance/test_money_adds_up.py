"""Whatever the order and the number of deliveries, the ledger says what the order says."""

from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import Event
from contracts.generated.types import OrderChanged
from finance.derive import LedgerEntry, derive
from tests.support import events
from tests.support.lives import Life, deliveries, lives

FILTER = {"total", "payments", "refunds"}


def passes_filter(change: Event) -> bool:
    return not FILTER.isdisjoint(change["data"]["changed_fields"])


def accounted(messages: list[Event]) -> tuple[dict[str, LedgerEntry], dict[str, Event]]:
    """The ledger, append-only and by entry id, and the follow-ups by event id."""
    ledger: dict[str, LedgerEntry] = {}
    published: dict[str, Event] = {}
    for message in messages:
        outcome = derive(cast(OrderChanged, message), events.AT)
        for entry in outcome.entries:
            assert ledger.setdefault(entry.entry_id, entry) == entry
        for event in outcome.follow_ups:
            assert published.setdefault(event["metadata"]["event_id"], event) == event
    return ledger, published


@settings(max_examples=300, deadline=None)
@given(lives(), st.data())
def test_ledger_agrees_with_the_order_when_its_versions_come_in_any_order(life: Life, data: st.DataObject) -> None:
    messages = [change for change in life.changes if passes_filter(change)]

    ledger, published = accounted(data.draw(deliveries(messages)))

    captured = sum(payment["amount"] for payment in life.item["payments"].values())
    returned = sum(refund["amount"] for refund in life.item["refunds"].values() if refund["state"] == "completed")
    assert sum(entry.amount for entry in ledger.values()) == captured - returned
    assert {entry.payment_id for entry in ledger.values() if entry.kind == "capture"} == set(life.item["payments"])
    requests = [event["metadata"]["event_type"] for event in published.values()]
    assert requests.count("PaymentRequested") == 1
    asked = {event["data"]["refund_id"] for event in published.values() if "refund_id" in event["data"]}
    assert asked == set(life.item["refunds"])
    assert accounted(messages) == (ledger, published)
