"""What AWS is asked for one order from request to delivery, counted by running the functions, with the reason for each.

A test counts again and compares: one operation more is a change of this table, and of everybody's bill.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Operation:
    """`count` is per order: calls, or entries where a call carries several. `units` are DynamoDB's for all of them."""

    function: str
    call: str
    count: int
    units: int
    reason: str


OPERATIONS: Final = (
    Operation("storefront_api", "get_item orders", 1, 1, "a repeated request is answered from the table"),
    Operation("storefront_api", "query orders", 1, 1, "how many orders the customer has placed"),
    Operation("storefront_api", "put_item claims", 1, 1, "one of two requests under one key wins"),
    Operation("storefront_api", "put_events", 1, 0, "OrderPlaced"),
    Operation("webhooks", "put_events", 2, 0, "PaymentCaptured and OrderDelivered, as the partners call back"),
    Operation("recorder", "update_item orders", 4, 11, "each status; all change the buyer index, two the due index"),
    Operation("relay", "publish_batch", 4, 0, "each version of the order is published once"),
    Operation("finance", "put_events", 1, 0, "PaymentRequested"),
    Operation("finance", "put_item ledger", 1, 1, "the capture, once per payment"),
    Operation("warehouse", "transact_write_items stock", 1, 6, "reserve: the reservation and two SKUs"),
    Operation("warehouse", "put_item stock", 1, 1, "ship: nothing else is written with the reservation"),
    Operation("warehouse", "put_events", 1, 0, "OrderShipped"),
    Operation("customer_service", "update_item cases", 8, 8, "a lease on each notice, and that it was sent"),
    Operation("customer_service", "publish", 4, 0, "a notice for each status"),
)
MESSAGES: Final = {"recorder": 4, "finance": 2, "warehouse": 2, "customer_service": 4}
"""Queue messages by the function that reads them: each event for the recorder, and each
version that a filter policy lets through."""
STREAM_RECORDS: Final = 4
REQUESTS: Final = {"storefront_api": 1, "webhooks": 2}
"""HTTP requests: the customer's, and the calls back of payment provider and carrier."""
PARTNER_CALLS: Final = 2
"""API destinations: the payment is asked for, and the shipment announced."""
LOG_BYTES: Final = {
    "storefront_api": 589,
    "webhooks": 647,
    "recorder": 363,
    "relay": 334,
    "finance": 421,
    "warehouse": 388,
    "customer_service": 386,
}
"""Lines at level INFO and metrics for each message of a full batch, in bytes; the test allows a tenth more or less."""
METRICS: Final = 25
"""Custom metrics: names by function that an order and the usual failures count. One that is never counted is free."""
METRIC_BYTES: Final = 230
"""The metrics of an invocation, which are written at every log level."""
PLATFORM_BYTES: Final = 640
"""Lambda's own lines of an invocation (start, report) in JSON, where `system_log_level` lets them through."""
EVENT_BYTES: Final = 510
"""An event on the bus, on average over an order's five."""
ITEM_BYTES: Final = (717, 809, 949, 1055)
"""The order's item after each of the recorder's writes, for an order of two lines."""
