"""The support cases of an order."""

from typing import Any, cast

import pytest

from contracts.generated.types import OrderImage
from customer_service.cases import Case, derive_cases
from tests.support import events


def cases(status: str, **changes: Any) -> tuple[Case, ...]:
    return derive_cases(cast(OrderImage, events.order_image(status, **changes)))


@pytest.mark.parametrize("status", ["placed", "paid", "shipped", "delivered"])
def test_order_without_problems_has_no_case(status: str) -> None:
    assert cases(status) == ()


@pytest.mark.parametrize("reason", ["payment_declined", "payment_deadline", "out_of_stock"])
def test_case_of_a_cancelled_order_has_the_reason(reason: str) -> None:
    (case,) = cases("cancelled", cancel_reason=reason)

    assert (case.case_id, case.kind, case.is_closed) == ("cancellation", f"cancelled_{reason}", False)


def test_cancellation_and_due_refund_have_separate_cases() -> None:
    cancellation, refund = cases("refunding")

    assert (cancellation.kind, cancellation.is_closed) == ("cancelled_out_of_stock", False)
    assert (refund.kind, refund.is_closed) == ("refund_out_of_stock", False)
    money = {"payment_id": "pay-1", "amount": 1_998, "currency": "EUR"}
    assert refund.details == {"refund_id": events.refund_id(), **money}


@pytest.mark.parametrize("state", ["due", "completed"])
def test_case_of_a_double_charge_is_open_until_the_refund_is_completed(state: str) -> None:
    refund = events.refund(state=state, reason="double_charge", payment_id="pay-2")

    (case,) = cases("shipped", refunds={events.refund_id("pay-2"): refund})

    assert (case.kind, case.is_closed) == ("refund_double_charge", state == "completed")
