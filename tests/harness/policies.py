"""Which target wants which event: the rules and filter policies of terraform/pipeline, as data."""

from collections.abc import Callable, Mapping
from typing import Any

RULES: Mapping[str, tuple[str, ...]] = {
    "intake": (
        "OrderPlaced",
        "PaymentCaptured",
        "PaymentDeclined",
        "StockRejected",
        "OrderShipped",
        "OrderDelivered",
        "PaymentDeadlinePassed",
        "RefundCompleted",
    ),
    "payments": ("PaymentRequested",),
    "refunds": ("RefundRequested",),
    "carrier": ("OrderShipped",),
}
SUBSCRIPTIONS: Mapping[str, Mapping[str, Any]] = {
    "finance": {"changed_fields": ["total", "payments", "refunds"]},
    "warehouse": {
        "channel": ["web", "mobile", "partner"],
        "status": ["placed", "paid", "cancelled", "refunding"],
    },
    "customer_service": {"channel": [{"anything-but": ["pos"]}], "changed_fields": ["status"]},
}


def wanted_by_rule(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda envelope: envelope["detail-type"] in RULES[name]


def wanted_by_subscriber(name: str) -> Callable[[dict[str, Any]], bool]:
    policy = SUBSCRIPTIONS[name]

    def wants(message: dict[str, Any]) -> bool:
        if message["metadata"]["event_type"] != "OrderChanged":
            return False
        return all(_matches(message["data"].get(field), wanted) for field, wanted in policy.items())

    return wants


def _matches(value: Any, wanted: list[Any]) -> bool:
    """One of the values (of a list: of its members) is named, or is none of those that are excluded."""
    values = value if isinstance(value, list) else [value]
    for rule in wanted:
        if isinstance(rule, Mapping):
            if not any(each in rule["anything-but"] for each in values):
                return True
        elif rule in values:
            return True
    return False
