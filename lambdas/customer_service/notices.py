"""The notices to customers, by order status.

A notice is sent as email, SMS and push notification, and stays in inboxes: it names the order and contains no personal
data. With an order id of 30 characters, every text fits into the 140 bytes of one SMS.
https://docs.aws.amazon.com/sns/latest/dg/sms_sending-overview.html"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from contracts.generated.types import OrderChangedData

TEXTS_BY_STATUS: Final[Mapping[str, str]] = {
    "placed": "We have received your order {order_id}.",
    "paid": "We have received your payment and are packing your order {order_id}.",
    "shipped": "Your order {order_id} is on its way.",
    "delivered": "Your order {order_id} has been delivered. Enjoy!",
    "cancelled": "Your order {order_id} has been cancelled.",
    "refunding": "Your order {order_id} has been cancelled. Your refund is on its way.",
    "refunded": "Your payment for order {order_id} has been refunded.",
}
TEXTS_BY_CANCEL_REASON: Final[Mapping[str, str]] = {
    "out_of_stock": "We are sorry: your order {order_id} has been cancelled because an item is out of stock.",
    "payment_declined": "Your order {order_id} has been cancelled: the payment was declined.",
    "payment_deadline": "Your order {order_id} has been cancelled: no payment arrived in time.",
    "payment_unknown": "Your order {order_id} has been cancelled: we could not request the payment.",
    "customer_request": "Your order {order_id} has been cancelled, as you requested.",
}


@dataclass(frozen=True, slots=True)
class Notice:
    order_id: str
    version: int
    kind: str
    text: str
    stage: int
    """A number that increases in the course of an order. A restored order repeats stages; their notices are skipped."""


def derive_notice(change: "OrderChangedData") -> Notice | None:
    """Return the notice for the data of an OrderChanged event, or None if the status has not changed."""
    status = change["status"]
    if status == change["previous_status"]:
        return None
    template = TEXTS_BY_STATUS[status]
    if status == "cancelled":
        template = TEXTS_BY_CANCEL_REASON.get(change["after"].get("cancel_reason", ""), template)
    order_id = change["order_id"]
    stage = list(TEXTS_BY_STATUS).index(status)
    if status in {"refunding", "refunded"}:  # every late payment leads to these statuses again
        stage += 2 * len(change["after"].get("refunds", {}))
    return Notice(order_id, change["version"], status, template.format(order_id=order_id), stage)
