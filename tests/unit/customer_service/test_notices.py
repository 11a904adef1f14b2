"""The notices to customers."""

from typing import Any, cast

import pytest

from contracts.generated.types import OrderChangedData
from customer_service.notices import TEXTS_BY_CANCEL_REASON, TEXTS_BY_STATUS, Notice, derive_notice
from recorder.transitions import CANCELLED, STATUSES, TRANSITIONS
from tests.support import events

# https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html
MAX_SMS_BYTES = 140


def notice(after: dict[str, Any], before: dict[str, Any] | None = None) -> Notice | None:
    return derive_notice(cast(OrderChangedData, events.order_changed(after, before)["data"]))


@pytest.mark.parametrize("status", STATUSES)
def test_each_new_status_has_a_notice(status: str) -> None:
    other_status = "paid" if status == "placed" else "placed"

    result = notice(events.order_image(status, version=3), events.order_image(other_status, version=2))

    assert (result.order_id, result.version, result.kind) == (events.ORDER_ID, 3, status)
    assert events.ORDER_ID in result.text


def test_unchanged_status_has_no_notice() -> None:
    before = events.order_image("paid", version=2)

    assert notice(events.order_image("paid", version=3, refunds={events.refund_id(): events.refund()}), before) is None


@pytest.mark.parametrize(
    ("reason", "text"), [*TEXTS_BY_CANCEL_REASON.items(), ("unknown", TEXTS_BY_STATUS["cancelled"])]
)
def test_notice_of_a_cancelled_order_has_the_reason_if_known(reason: str, text: str) -> None:
    result = notice(events.order_image("cancelled", version=2, cancel_reason=reason), events.order_image())

    assert result.text == text.format(order_id=events.ORDER_ID)


def test_every_cancel_reason_has_a_text() -> None:
    rules = [rule for row in TRANSITIONS.values() for cell in row.values() for rule in cell if rule.status == CANCELLED]

    assert {rule.reason for rule in rules} == set(TEXTS_BY_CANCEL_REASON)


@pytest.mark.parametrize("template", [*TEXTS_BY_STATUS.values(), *TEXTS_BY_CANCEL_REASON.values()])
def test_text_with_an_order_id_fits_into_one_sms(template: str) -> None:
    text = template.format(order_id=events.ORDER_ID)

    assert len(text.encode()) <= MAX_SMS_BYTES
    assert text.isascii()
