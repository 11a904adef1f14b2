"""The Lambda entry point of the warehouse: turns OrderChanged messages into reservations and publishes events."""

from typing import Any

from common.aws import client
from common.batch import BatchResponse, RemainingMs, Visibility, process_queue_batch
from common.observability import count, log_fields, logger, observe_handler
from common.order_changes import read_change
from common.publisher import BusPublisher, publish_all_or_raise
from common.quarantine import QueueQuarantine
from common.settings import load
from warehouse.plan import PRODUCER, follow_up_event
from warehouse.reservation import derive_demand
from warehouse.reserve import meet_demand
from warehouse.settings import Settings
from warehouse.stock import Stock

_settings = load(Settings)
_stock = Stock(client("dynamodb"), _settings.stock_table)
_publisher = BusPublisher(client("events"), _settings.bus_name, PRODUCER)
_quarantine = QueueQuarantine(client("sqs"), _settings.dead_letter_queue_url, PRODUCER)
_visibility = Visibility(client("sqs"))


@observe_handler
def handler(event: dict[str, Any], context: Any) -> BatchResponse:
    return process_queue_batch(event, _apply, _quarantine, _visibility, context.get_remaining_time_in_millis)


def _apply(body: str, remaining_ms: RemainingMs) -> None:
    change = read_change(body)
    demand = derive_demand(change)
    if demand is None:
        count("Ignored")
        return
    reservation, step_count = meet_demand(demand, _stock, remaining_ms)
    outcome = follow_up_event(reservation, demand)
    # Published even if no step was applied: an earlier attempt may have failed at this point.
    publish_all_or_raise(_publisher, [outcome] if outcome else [], remaining_ms)

    count(f"Stock{reservation.state.capitalize()}" if step_count else "Duplicate")
    details = log_fields(
        status=change["data"]["status"],
        outcome=reservation.state if step_count else "duplicate",
        reason="out_of_stock" if reservation.missing else None,
    )
    logger.info("Stock settled", extra=details)
