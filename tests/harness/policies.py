"""Which target wants which event: the rules and filter policies of terraform/pipeline, as data.

`tests/infra/test_plans.py` compares them with a plan of the local environment. moto does the matching.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.events.models import EventPattern
from moto.sns.utils import FilterPolicyMatcher

ACCOUNT = "123456789012"
PREFIX = "orderflow-local"
OURS = {"account": [ACCOUNT]}
NO_REPLAYS = {"replay-name": [{"exists": False}]}

RULES: Mapping[str, Mapping[str, Any]] = {
    "intake": {
        **OURS,
        "source": [
            "orderflow.partner",
            "orderflow.payment_deadline",
            "orderflow.pos_import",
            "orderflow.storefront_api",
            "orderflow.warehouse",
            "orderflow.webhooks",
        ],
        "detail-type": [
            "OrderDelivered",
            "OrderPlaced",
            "OrderShipped",
            "PaymentCaptured",
            "PaymentDeadlinePassed",
            "PaymentDeclined",
            "RefundCompleted",
            "StockRejected",
        ],
    },
    "payment_request": {**OURS, **NO_REPLAYS, "source": ["orderflow.finance"], "detail-type": ["PaymentRequested"]},
    "refund_request": {**OURS, **NO_REPLAYS, "source": ["orderflow.finance"], "detail-type": ["RefundRequested"]},
    "shipment_notice": {**OURS, **NO_REPLAYS, "source": ["orderflow.warehouse"], "detail-type": ["OrderShipped"]},
}
REDRIVE_SOURCES: Mapping[str, str] = {
    "payment_request": f"redrive.{PREFIX}-payment-request.provider",
    "refund_request": f"redrive.{PREFIX}-refund-request.provider",
    "shipment_notice": f"redrive.{PREFIX}-shipment-notice.carrier",
}
"""Of the rules that call API destinations: the source of what a redrive sends to them again."""

_CHANGED = {"event_type": ["OrderChanged"]}
SUBSCRIPTIONS: Mapping[str, Mapping[str, Any]] = {
    "finance": {"metadata": _CHANGED, "data": {"changed_fields": ["total", "payments", "refunds"]}},
    "warehouse": {
        "metadata": _CHANGED,
        "data": {"channel": ["web", "mobile", "partner"], "status": ["placed", "paid", "cancelled", "refunding"]},
    },
    "customer_service": {
        "metadata": _CHANGED,
        "data": {"channel": [{"anything-but": ["pos"]}], "changed_fields": ["status", "refunds"]},
    },
}


def redrive_pattern(role: str) -> dict[str, Any]:
    """What the second rule of an API destination takes: dead letters that were sent back to it."""
    return {**OURS, **NO_REPLAYS, "source": [REDRIVE_SOURCES[role]]}


def wanted_by_rule(role: str) -> Callable[[str], bool]:
    """Whether the target of a rule gets the event with this text, by the rule or by its redrive rule."""
    patterns = [RULES[role], *([redrive_pattern(role)] if role in REDRIVE_SOURCES else [])]
    rules = [EventPattern(None, dict(pattern)) for pattern in patterns]
    return lambda body: any(rule.matches_event(json.loads(body)) for rule in rules)


def wanted_by_subscriber(name: str) -> Callable[[str], bool]:
    """Whether a subscriber of the topic gets the message with this text."""
    matcher = FilterPolicyMatcher(SUBSCRIPTIONS[name], "MessageBody")
    return lambda body: bool(matcher.matches({}, body))
