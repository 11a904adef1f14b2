"""The Lambda entry point of the recorder: handles batches of queue messages with events from the bus."""

import json
from dataclasses import replace
from typing import Any

from common.aws import client
from common.batch import BatchResponse, RemainingMs, Visibility, process_queue_batch
from common.observability import bind_event, count, log_fields, logger, observe_handler
from common.quarantine import QueueQuarantine
from common.settings import load
from contracts import Event, times
from recorder.effects import RecordingSettings
from recorder.read import read_event
from recorder.record import Recorder, raise_for_outcome
from recorder.settings import Settings
from recorder.transitions import Outcome

_METRICS = {
    Outcome.APPLY: "Applied",
    Outcome.COMPENSATE: "Compensated",
    Outcome.DUPLICATE: "Duplicate",
    Outcome.EARLY: "Early",
    Outcome.OBSOLETE: "Obsolete",
    Outcome.ILLEGAL: "Illegal",
}

_settings = load(Settings)
_recording_settings = RecordingSettings(
    _settings.payment_term_seconds, _settings.order_retention_days, _settings.restored_suffix, _settings.rebuilding
)
_recorder = Recorder(client("dynamodb"), _settings.orders_table, _recording_settings, times.utc_now)
# The payment of an archived order was requested when the order was first recorded, so its payment term is over.
_rebuilder = Recorder(
    client("dynamodb"), _settings.orders_table, replace(_recording_settings, payment_term_seconds=0), times.utc_now
)
_quarantine = QueueQuarantine(client("sqs"), _settings.dead_letter_queue_url, "recorder")
_visibility = Visibility(client("sqs"))


@observe_handler
def handler(event: dict[str, Any], context: Any) -> BatchResponse:
    """Record every event of the batch; return the messages to retry."""
    return process_queue_batch(event, _apply, _quarantine, _visibility, context.get_remaining_time_in_millis)


def _apply(body: str, _remaining_ms: RemainingMs) -> None:
    event = read_event(body)
    bind_event(event)
    # EventBridge sets replay-name on events replayed from an archive.
    recorder = _rebuilder if _settings.rebuilding and "replay-name" in json.loads(body) else _recorder
    result = recorder.record(event)
    decision = result.decision
    count(_METRICS[decision.outcome])
    if decision.outcome in {Outcome.APPLY, Outcome.COMPENSATE}:
        _count_business_metrics(event, decision.status if decision.status != result.previous_status else None)
    logger.info(
        "Decision",
        extra=log_fields(
            outcome=decision.outcome,
            status=decision.status,
            previous_status=result.previous_status,
            version=result.version,
            reason=decision.reason,
        ),
    )
    raise_for_outcome(event, result)


def _count_business_metrics(event: Event, new_status: str | None) -> None:
    """Count orders by status and channel, and money in minor units, whatever the currency."""
    if new_status:
        count(f"Orders{new_status.capitalize()}")
    data = event["data"]
    match event["metadata"]["event_type"]:
        case "OrderPlaced":
            count(f"OrdersFrom{data['channel'].capitalize()}")
            if data["channel"] == "pos":
                count("MoneyTaken", data["total"]["amount"])
        case "PaymentCaptured":
            count("MoneyTaken", data["amount"])
        case "RefundCompleted":
            count("MoneyGivenBack", data["amount"])
