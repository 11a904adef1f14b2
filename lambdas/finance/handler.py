"""The Lambda entry point of finance: turns OrderChanged messages into ledger entries and requests to the provider."""

from typing import Any

from common.aws import client
from common.batch import BatchResponse, RemainingMs, Visibility, process_queue_batch
from common.observability import count, log_fields, logger, observe_handler
from common.order_changes import read_change
from common.publisher import BusPublisher, publish_all_or_raise
from common.quarantine import QueueQuarantine
from common.settings import load
from contracts import times
from finance.derive import PRODUCER, derive_outcome
from finance.ledger import Ledger
from finance.settings import Settings

_settings = load(Settings)
_ledger = Ledger(client("dynamodb"), _settings.ledger_table)
_publisher = BusPublisher(client("events"), _settings.bus_name, PRODUCER)
_quarantine = QueueQuarantine(client("sqs"), _settings.dead_letter_queue_url, PRODUCER)
_visibility = Visibility(client("sqs"))


@observe_handler
def handler(event: dict[str, Any], context: Any) -> BatchResponse:
    return process_queue_batch(event, _apply, _quarantine, _visibility, context.get_remaining_time_in_millis)


def _apply(body: str, remaining_ms: RemainingMs) -> None:
    change = read_change(body)
    outcome = derive_outcome(change, times.now())
    new_count = _ledger.append(outcome.entries)
    # Published even if no entry was new: an earlier attempt may have failed at this point.
    publish_all_or_raise(_publisher, outcome.follow_ups, remaining_ms)

    known_count = len(outcome.entries) - new_count
    count("LedgerEntriesAppended", new_count)
    count("LedgerEntriesKnown", known_count)
    for follow_up in outcome.follow_ups:
        count(f"{follow_up['metadata']['event_type']}Published")
    result = "duplicate" if known_count else "applied"
    details = log_fields(status=change["data"]["status"], outcome=result, count=new_count)
    logger.info("Money movements recorded", extra=details)
