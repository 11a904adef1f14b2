"""Queue of OrderChanged -> ledger entries, and requests to the payment provider on the bus."""

from typing import TYPE_CHECKING, Any, cast

from common.aws import client
from common.batch import BatchResponse, RemainingMs, process_queue_batch
from common.errors import PermanentError
from common.observability import count, log_context, log_fields, logger, observed
from common.publisher import BusPublisher, publish_all_or_raise
from common.quarantine import QueueQuarantine
from common.settings import load
from contracts import ContractError, parse
from finance.derive import PRODUCER, derive
from finance.ledger import Ledger
from finance.settings import Settings

if TYPE_CHECKING:
    from contracts.generated.types import OrderChanged

_settings = load(Settings)
_ledger = Ledger(client("dynamodb"), _settings.ledger_table)
_publisher = BusPublisher(client("events"), _settings.bus_name, PRODUCER)
_quarantine = QueueQuarantine(client("sqs"), _settings.dead_letter_queue_url, PRODUCER)


@observed
def handler(event: dict[str, Any], context: Any) -> BatchResponse:
    return process_queue_batch(event, _apply, _quarantine, context.get_remaining_time_in_millis)


def _apply(body: str, remaining_ms: RemainingMs) -> None:
    try:
        change = cast("OrderChanged", parse(body, "OrderChanged"))
    except ContractError as error:
        raise PermanentError(error.code, str(error)) from error
    metadata, data = change["metadata"], change["data"]
    with log_context(
        order_id=data["order_id"],
        version=data["version"],
        status=data["status"],
        event_type=metadata["event_type"],
        event_id=metadata["event_id"],
        correlation_id=metadata["correlation_id"],
    ):
        outcome = derive(change)
        appended = _ledger.append(outcome.entries)
        # Also when nothing was new: an earlier attempt may have ended right before this line.
        publish_all_or_raise(_publisher, outcome.follow_ups, remaining_ms)

        count("LedgerEntriesAppended", appended)
        count("LedgerEntriesKnown", len(outcome.entries) - appended)
        for follow_up in outcome.follow_ups:
            count(follow_up["metadata"]["event_type"])
        logger.info("Money accounted for", extra=log_fields(outcome=_outcome(outcome.entries, appended)))


def _outcome(entries: tuple[object, ...], appended: int) -> str:
    return "duplicate" if len(entries) > appended else "applied"
