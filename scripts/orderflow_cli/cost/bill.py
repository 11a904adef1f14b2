"""Cost estimates: what a million orders use, here and in a naive design, times list prices."""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from orderflow_cli.routes.plan import Plan


@dataclass(frozen=True, slots=True)
class Operation:
    """`count` is per order: calls, or entries of batch calls. `units` are DynamoDB's for all of them."""

    function: str
    call: str
    count: int
    units: int
    reason: str


# The AWS operations of one order from request to delivery, counted by running the functions, with their reasons.
# A test recounts and compares: an additional operation changes this table, and the bill.
OPERATIONS: Final = (
    Operation("storefront_api", "get_item orders", 1, 1, "a repeated request is answered from the table"),
    Operation("storefront_api", "query orders", 1, 1, "how many orders the customer has placed"),
    Operation("storefront_api", "put_item claims", 1, 1, "one of two requests under one key wins"),
    Operation("storefront_api", "put_events", 1, 0, "OrderPlaced"),
    Operation("webhooks", "put_events", 2, 0, "PaymentCaptured and OrderDelivered, from the partners' callbacks"),
    Operation("recorder", "update_item orders", 4, 8, "each status; one is new to the buyer index, two change the due"),
    Operation("relay", "publish_batch", 4, 0, "each version of the order is published once"),
    Operation("finance", "put_events", 1, 0, "PaymentRequested"),
    Operation("finance", "put_item ledger", 1, 1, "the capture, once per payment"),
    Operation("warehouse", "transact_write_items stock", 1, 6, "reserve: the reservation and two SKUs"),
    Operation("warehouse", "put_item stock", 1, 1, "ship: nothing else is written with the reservation"),
    Operation("warehouse", "put_events", 1, 0, "OrderShipped"),
    Operation("customer_service", "update_item cases", 8, 8, "a lease on each notice, and that it was sent"),
    Operation("customer_service", "publish_batch", 4, 0, "a notice for each status"),
)
MESSAGES: Final = {"recorder": 4, "finance": 2, "warehouse": 2, "customer_service": 4}
"""Queue messages by the function that reads them: each event for the recorder, and each
version that a filter policy lets through."""
STREAM_RECORDS: Final = 4
REQUESTS: Final = {"storefront_api": 1, "webhooks": 2}
"""HTTP requests: the customer's, and the callbacks of payment provider and carrier."""
PARTNER_CALLS: Final = 2
"""API destinations: the payment request and the shipment."""
LOG_BYTES: Final = {
    **{"storefront_api": 589, "webhooks": 646, "recorder": 383, "relay": 336},
    **{"finance": 427, "warehouse": 398, "customer_service": 397},
}
"""Lines at level INFO and metrics for each message of a full batch, in bytes; the test allows a tenth more or less."""
METRICS: Final = 25
"""Custom metrics by function that an order or a common failure emits. A metric without data is free."""
METRIC_BYTES: Final = 230
"""The metrics of an invocation, which are written at every log level."""
PLATFORM_BYTES: Final = 640
"""Lambda's own lines of an invocation (start, report) in JSON, which `system_log_level` suppresses here."""
EVENT_BYTES: Final = 510
"""An event on the bus, on average over an order's five."""
ITEM_BYTES: Final = (717, 809, 949, 1055)
"""The order's item after each of the recorder's writes, for an order of two lines."""


MILLION = 1_000_000
GIGABYTE = 1e9
CHUNK = 65_536
"""SNS, SQS and EventBridge bill every 64 KB as a request."""
_WRITES = ("put_item", "update_item", "transact_write_items")
_PACK = 10

type Lines = dict[str, float]
"""Units of `prices.json` by line, for a million orders."""


@dataclass(frozen=True, slots=True)
class Load:
    """The load to estimate. `payload`: bytes of an order's item when it is placed. Batches: sizes per invocation, of
    queue messages and of stream records. `call_ms`: what a call to AWS takes a function, for its GB-seconds."""

    payload: int = ITEM_BYTES[0]
    batch: int = 10
    stream_batch: int = 100
    log_level: str = "INFO"
    sampling: float = 0.05
    memory_mb: int = 512
    call_ms: float = 8.0

    @property
    def extra_bytes(self) -> int:
        """How many bytes an order is larger than the counted one."""
        return max(0, self.payload - ITEM_BYTES[0])


@cache
def prices() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "prices.json").read_text())
    return found


def regions() -> list[str]:
    return sorted(name for name in prices()["lines"]["write_units"] if "-" in name)


def ours(load: Load) -> Lines:
    """Return the usage of a million orders from request to delivery, as counted."""
    message = EVENT_BYTES + 1_200 + 2 * load.extra_bytes  # an order before and after
    chunks = math.ceil(message / CHUNK)
    received = {name: count / load.batch for name, count in MESSAGES.items()}
    invoked = {**received, **REQUESTS, "relay": STREAM_RECORDS / load.stream_batch}
    per_publish = max(1, math.ceil(min(_PACK, load.stream_batch) * message / CHUNK)) / min(_PACK, load.stream_batch)
    notices = MESSAGES["customer_service"]
    per_notice = 1 / min(_PACK, load.batch)
    calls = sum(one.count for one in OPERATIONS) - STREAM_RECORDS * (1 - 1 / min(_PACK, load.stream_batch))
    calls -= notices * (1 - per_notice)
    handled = {**MESSAGES, **REQUESTS, "relay": STREAM_RECORDS}
    return {
        "http_requests": float(sum(REQUESTS.values())),
        "bus_events": _entries("put_events") * math.ceil((EVENT_BYTES + load.extra_bytes) / CHUNK),
        "api_calls": PARTNER_CALLS,
        "write_units": _units(load),
        "read_units": float(sum(one.units for one in OPERATIONS if one.call.startswith(("get_item", "query")))),
        "topic_requests": STREAM_RECORDS * per_publish + notices * per_notice,
        "queue_requests": sum(MESSAGES.values()) * chunks + 2 * sum(received.values()),
        "invocations": sum(invoked.values()),
        "gb_seconds": calls * load.call_ms / 1_000 * load.memory_mb / 1_024,
        "log_gb": _log_bytes(load, handled, invoked) * MILLION / GIGABYTE,
        "archived_gb": _entries("put_events") * (EVENT_BYTES + load.extra_bytes) * MILLION / GIGABYTE,
        "traces": sum(REQUESTS.values()) * load.sampling,
    }


def naive(load: Load) -> Lines:
    """The same lifecycle in a typical first version: one message per invocation and call, its item read before it is
    written, an idempotency record begun and ended for each, and every event logged as it comes."""
    alone = Load(load.payload, 1, 1, load.log_level, load.sampling, load.memory_mb, load.call_ms)
    lines, messages = ours(alone), sum(MESSAGES.values())
    lines["write_units"] += 2 * messages
    lines["read_units"] += messages
    lines["gb_seconds"] += 3 * messages * load.call_ms / 1_000 * load.memory_mb / 1_024
    lines["log_gb"] += lines["invocations"] * PLATFORM_BYTES / 1_000
    if load.log_level == "INFO":
        lines["log_gb"] += (messages + STREAM_RECORDS) * (1_700 + 2 * load.extra_bytes) / 1_000
    return lines


def _entries(call: str) -> int:
    return sum(one.count for one in OPERATIONS if one.call == call)


def _units(load: Load) -> float:
    """Return the write units; the order's own item takes one per KB."""
    counted = sum(one.units for one in OPERATIONS if one.call.startswith(_WRITES))
    more = [math.ceil((size + load.extra_bytes) / 1_024) - math.ceil(size / 1_024) for size in ITEM_BYTES]
    return float(counted + sum(more))


def _log_bytes(load: Load, handled: Mapping[str, float], invoked: Mapping[str, float]) -> float:
    """Return the log bytes of one order, with metrics. The counted lines include a tenth of an invocation's."""
    own = sum(count * (LOG_BYTES[name] - METRIC_BYTES / 10) for name, count in handled.items())
    return sum(invoked.values()) * METRIC_BYTES + (own if load.log_level == "INFO" else 0.0)


def dollars(lines: Lines, region: str) -> Lines:
    """Return the cost of a million orders, by line."""
    return {name: units * prices()["lines"][name][region] for name, units in lines.items()}


def standing(counts: Mapping[str, float], region: str) -> Lines:
    """Return the fixed cost of a month without orders, by line."""
    return {name: counts[name] * price[region] for name, price in prices()["standing"].items() if name in counts}


def standing_counts(plan: Plan) -> dict[str, float]:
    """Count the resources with a fixed cost in a planned environment."""
    kinds = Counter(one.type for one in plan.resources.values())
    mappings = [one.known("event_source_arn") or "" for one in plan.of_type("aws_lambda_event_source_mapping")]
    polled = sum(":dynamodb:" not in arn and ":kinesis:" not in arn for arn in mappings)
    return {
        "alarms": kinds["aws_cloudwatch_metric_alarm"],
        "composite_alarms": kinds["aws_cloudwatch_composite_alarm"],
        "metrics": METRICS,
        "dashboards": kinds["aws_cloudwatch_dashboard"],
        "keys": kinds["aws_kms_key"],
        "secrets": kinds["aws_secretsmanager_secret"],
        "empty_receives": polled * _POLLS / MILLION,
    }


# Five pollers a queue, each with a long poll of 20 seconds, in a month of 730 hours.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_POLLS = 5 * 3 * 60 * 730
