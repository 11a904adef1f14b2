"""Which cases an order gives rise to."""

from typing import Any, cast

import pytest

from contracts.generated.types import OrderImage
from customer_service.cases import Case, cases_of
from tests.support import events


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
