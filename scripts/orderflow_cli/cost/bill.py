"""Cost estimates: the usage of a million orders, in this design and a naive one, times list prices."""

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
    """A kind of AWS operation. `count`: calls, or batch entries, per order; `units`: their DynamoDB capacity units."""

    function: str
    call: str
    count: int
    units: int
    reason: str


# The AWS operations of one order from request to delivery, counted by running the functions, with their reasons.
# A test counts them again: an additional operation must be added to this table, and so to the bill.
OPERATIONS: Final = (
    Operation("storefront_api", "get_item orders", 1, 1, "a repeated request is answered from the table"),
    Operation("storefront_api", "query orders", 1, 1, "counts the customer's orders of the last hour"),
    Operation("storefront_api", "put_item claims", 1, 1, "of two requests with the same key, only one stores a claim"),
    Operation("storefront_api", "put_events", 1, 0, "OrderPlaced"),
    Operation("webhooks", "put_events", 2, 0, "PaymentCaptured and OrderDelivered, from the partners' callbacks"),
    Operation("recorder", "update_item orders", 4, 8, "5 units for the item, 1 for the buyer index, 2 for payment_due"),
    Operation("relay", "publish_batch", 4, 0, "each version of the order is published once"),
    Operation("finance", "put_events", 1, 0, "PaymentRequested"),
    Operation("finance", "put_item ledger", 1, 1, "the capture, once per payment"),
    Operation("warehouse", "transact_write_items stock", 1, 6, "reserving writes the reservation and two SKU items"),
    Operation("warehouse", "put_item stock", 1, 1, "shipping writes only the reservation"),
    Operation("warehouse", "put_events", 1, 0, "OrderShipped"),
    Operation("customer_service", "update_item cases", 8, 8, "leases each notice, then marks it as sent"),
    Operation("customer_service", "publish_batch", 4, 0, "a notice for each status"),
)
MESSAGES_PER_ORDER: Final = {"recorder": 4, "finance": 2, "warehouse": 2, "customer_service": 4}
"""Queue messages by the function that reads them: the recorder's events, and the versions of the order that each
consumer's filter policy accepts."""
STREAM_RECORDS_PER_ORDER: Final = 4
REQUESTS_PER_ORDER: Final = {"storefront_api": 1, "webhooks": 2}
"""HTTP requests from the customer, and callbacks from the payment provider and the carrier."""
PARTNER_CALLS_PER_ORDER: Final = 2
"""Calls to API destinations: the payment request and the shipment."""
LOG_BYTES: Final = {
    **{"storefront_api": 589, "webhooks": 646, "recorder": 383, "relay": 336},
    **{"finance": 427, "warehouse": 398, "customer_service": 397},
}
"""Log bytes per message of a full batch, or per request: INFO lines and metrics. A test allows a deviation of 10%."""
LOG_BATCH_SIZES: Final = {"storefront_api": 1, "webhooks": 1, "relay": 100}  # of the other functions: 10
METRIC_COUNT: Final = 25
"""Number of custom metrics that an order or a common failure emits. A metric without data is free."""
METRIC_BYTES_PER_INVOCATION: Final = 230
"""Size of an invocation's metrics, which are written at every log level."""
PLATFORM_LOG_BYTES: Final = 640
"""Size of Lambda's own JSON lines for an invocation (start, report), which `system_log_level` suppresses here."""
EVENT_BYTES: Final = 510
"""Average size of the five bus events of an order."""
ORDER_ITEM_SIZES: Final = (717, 809, 949, 1055)
"""Sizes in bytes of the item of a two-line order, after each write by the recorder."""

MILLION = 1_000_000
GIGABYTE = 1e9
CHUNK_BYTES = 65_536
"""SNS, SQS and EventBridge bill each 64 KB chunk of a payload as one request."""
_WRITE_OPERATIONS = ("put_item", "update_item", "transact_write_items")
_MAX_PUBLISH_BATCH_SIZE = 10

type BillLines = dict[str, float]
"""Billed units or dollars by line of the bill, as named in `prices.json`."""


@dataclass(frozen=True, slots=True)
class Load:
    """The load to estimate. `payload`: bytes of an order's item when it is placed. `batch_size`, `stream_batch_size`:
    queue messages and stream records per invocation. `call_ms`: duration of a function's call to AWS."""

    payload: int = ORDER_ITEM_SIZES[0]
    batch_size: int = 10
    stream_batch_size: int = 100
    log_level: str = "INFO"
    tracing_rate: float = 0.05
    memory_mb: int = 512
    call_ms: float = 8.0

    @property
    def extra_bytes(self) -> int:
        """Number of bytes by which an order is larger than the one whose operations were counted."""
        return max(0, self.payload - ORDER_ITEM_SIZES[0])


@cache
def prices() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((Path(__file__).parent / "prices.json").read_text())
    return document


def regions() -> list[str]:
    return sorted(name for name in prices()["lines"]["write_units"] if "-" in name)


def counted_usage(load: Load) -> BillLines:
    """Return the usage of a million orders from request to delivery, based on the counted operations."""
    message_bytes = EVENT_BYTES + 1_200 + 2 * load.extra_bytes  # an order before and after
    chunk_count = math.ceil(message_bytes / CHUNK_BYTES)
    batches_per_order = {name: count / load.batch_size for name, count in MESSAGES_PER_ORDER.items()}
    invocations_per_order = {**batches_per_order, **REQUESTS_PER_ORDER}
    invocations_per_order["relay"] = STREAM_RECORDS_PER_ORDER / load.stream_batch_size
    entry_count = min(_MAX_PUBLISH_BATCH_SIZE, load.stream_batch_size)
    requests_per_record = max(1, math.ceil(entry_count * message_bytes / CHUNK_BYTES)) / entry_count
    notices_per_order = MESSAGES_PER_ORDER["customer_service"]
    requests_per_notice = 1 / min(_MAX_PUBLISH_BATCH_SIZE, load.batch_size)
    call_count = sum(one.count for one in OPERATIONS) - STREAM_RECORDS_PER_ORDER * (1 - 1 / entry_count)
    call_count -= notices_per_order * (1 - requests_per_notice)
    inputs_per_order = {**MESSAGES_PER_ORDER, **REQUESTS_PER_ORDER, "relay": STREAM_RECORDS_PER_ORDER}
    return {
        "http_requests": float(sum(REQUESTS_PER_ORDER.values())),
        "bus_events": _count_entries("put_events") * math.ceil((EVENT_BYTES + load.extra_bytes) / CHUNK_BYTES),
        "api_calls": PARTNER_CALLS_PER_ORDER,
        "write_units": _write_units(load),
        "read_units": float(sum(one.units for one in OPERATIONS if one.call.startswith(("get_item", "query")))),
        "topic_requests": STREAM_RECORDS_PER_ORDER * requests_per_record + notices_per_order * requests_per_notice,
        "queue_requests": sum(MESSAGES_PER_ORDER.values()) * chunk_count + 2 * sum(batches_per_order.values()),
        "invocations": sum(invocations_per_order.values()),
        "gb_seconds": call_count * load.call_ms / 1_000 * load.memory_mb / 1_024,
        "log_gb": _log_bytes(load, inputs_per_order, invocations_per_order) * MILLION / GIGABYTE,
        "archived_gb": _count_entries("put_events") * (EVENT_BYTES + load.extra_bytes) * MILLION / GIGABYTE,
        "traces": sum(REQUESTS_PER_ORDER.values()) * load.tracing_rate,
    }


def naive_usage(load: Load) -> BillLines:
    """Return the usage of a typical first version: one message per invocation and call, items read before they are
    written, an idempotency record created and completed per message, Lambda's log lines and, at INFO, full events."""
    unbatched_load = Load(load.payload, 1, 1, load.log_level, load.tracing_rate, load.memory_mb, load.call_ms)
    lines, message_count = counted_usage(unbatched_load), sum(MESSAGES_PER_ORDER.values())
    lines["write_units"] += 2 * message_count
    lines["read_units"] += message_count
    lines["gb_seconds"] += 3 * message_count * load.call_ms / 1_000 * load.memory_mb / 1_024
    lines["log_gb"] += lines["invocations"] * PLATFORM_LOG_BYTES / 1_000
    if load.log_level == "INFO":
        lines["log_gb"] += (message_count + STREAM_RECORDS_PER_ORDER) * (1_700 + 2 * load.extra_bytes) / 1_000
    return lines


def _count_entries(call: str) -> int:
    return sum(one.count for one in OPERATIONS if one.call == call)


def _write_units(load: Load) -> float:
    """Return the write units of an order; each write of its item consumes one unit per KB."""
    counted_units = sum(one.units for one in OPERATIONS if one.call.startswith(_WRITE_OPERATIONS))
    extra_units = [math.ceil((size + load.extra_bytes) / 1_024) - math.ceil(size / 1_024) for size in ORDER_ITEM_SIZES]
    return float(counted_units + sum(extra_units))


def _log_bytes(load: Load, input_counts: Mapping[str, float], invocation_counts: Mapping[str, float]) -> float:
    """Return the log bytes of one order. LOG_BYTES includes each message's share of an invocation's metrics."""
    line_sizes = {
        name: size - METRIC_BYTES_PER_INVOCATION / LOG_BATCH_SIZES.get(name, 10) for name, size in LOG_BYTES.items()
    }
    line_bytes = sum(count * line_sizes[name] for name, count in input_counts.items())
    return sum(invocation_counts.values()) * METRIC_BYTES_PER_INVOCATION + (
        line_bytes if load.log_level == "INFO" else 0.0
    )


def to_dollars(lines: BillLines, region: str) -> BillLines:
    """Return the cost of a million orders in dollars, by line of the bill."""
    return {name: units * prices()["lines"][name][region] for name, units in lines.items()}


def fixed_cost(counts: Mapping[str, float], region: str) -> BillLines:
    """Return the fixed cost of a month in dollars, by line of the bill."""
    return {name: counts[name] * price[region] for name, price in prices()["standing"].items() if name in counts}


def fixed_cost_quantities(plan: Plan) -> dict[str, float]:
    """Return the monthly quantity of each line with a fixed cost in an environment; empty receives in millions."""
    kinds = Counter(one.type for one in plan.resources.values())
    mappings = [one.value("event_source_arn") or "" for one in plan.find_all("aws_lambda_event_source_mapping")]
    polled_queue_count = sum(":dynamodb:" not in arn and ":kinesis:" not in arn for arn in mappings)
    return {
        "alarms": kinds["aws_cloudwatch_metric_alarm"],
        "composite_alarms": kinds["aws_cloudwatch_composite_alarm"],
        "metrics": METRIC_COUNT,
        "dashboards": kinds["aws_cloudwatch_dashboard"],
        "keys": kinds["aws_kms_key"],
        "secrets": kinds["aws_secretsmanager_secret"],
        "empty_receives": polled_queue_count * _MONTHLY_POLLS / MILLION,
    }


# Five pollers per queue, each with long polls of 20 seconds, in a month of 730 hours.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
_MONTHLY_POLLS = 5 * 3 * 60 * 730
