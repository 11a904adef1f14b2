"""Which cases an order gives rise to."""

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.generated.types import OrderImage
from customer_service.cases import Case, cases_of
from tests.support import events
from tests.support.lives import Life, deliveries, lives


def cases(status: str, **changes: Any) -> tuple[Case, ...]:
    return cases_of(cast(OrderImage, events.order_image(status, **changes)))


@pytest.mark.parametrize("status", ["placed", "paid", "shipped", "delivered"])
def test_no_case_is_opened_when_all_goes_well(status: str) -> None:
    assert cases(status) == ()


@pytest.mark.parametrize("reason", ["payment_declined", "payment_deadline", "out_of_stock"])
def test_case_says_why_when_an_order_is_cancelled(reason: str) -> None:
    (case,) = cases("cancelled", cancel_reason=reason)

    assert (case.case_id, case.kind, case.closed) == ("cancellation", f"cancelled_{reason}", False)


def test_refund_has_a_case_of_its_own_when_money_is_owed_back() -> None:
    cancellation, refund = cases("refunding")

    assert (cancellation.kind, cancellation.closed) == ("cancelled_out_of_stock", False)
    assert (refund.kind, refund.closed) == ("refund_out_of_stock", False)
    assert refund.about == {"refund_id": events.refund_id(), "payment_id": "pay-1", "amount": 1_998, "currency": "EUR"}


@pytest.mark.parametrize("state", ["due", "completed"])
def test_double_charge_has_a_case_until_its_refund_is_completed(state: str) -> None:
    refund = events.refund(state=state, reason="double_charge", payment_id="pay-2")

    (case,) = cases("shipped", refunds={events.refund_id("pay-2"): refund})

    assert (case.kind, case.closed) == ("refund_double_charge", state == "completed")


@settings(max_examples=200, deadline=None)
@given(lives(), st.data())
def test_cases_are_the_same_when_the_versions_of_an_order_come_in_any_order(life: Life, data: st.DataObject) -> None:
    def kept(arrival: list[Any]) -> dict[str, tuple[str, bool]]:
        """What the table does: open what is new, close what is open."""
        table: dict[str, tuple[str, bool]] = {}
        for change in arrival:
            for case in cases_of(change["data"]["after"]):
                known = table.get(case.case_id, (case.kind, False))
                table[case.case_id] = (known[0], known[1] or case.closed)
        return table

    in_order = kept(life.changes)

    assert kept(data.draw(deliveries(life.changes))) == in_order
    if life.item["status"] == "refunded":
        assert all(closed for _, closed in in_order.values())
    assert {case_id for case_id in in_order if case_id.startswith("refund#")} == {
        f"refund#{refund_id}" for refund_id in life.item["refunds"]
    }
