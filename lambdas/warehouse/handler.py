"""Queue of OrderChanged -> reservations in the stock table, and their outcome on the bus."""

from typing import TYPE_CHECKING, Any, cast

from common.aws import client
from common.batch import BatchResponse, RemainingMs, process_queue_batch
from common.errors import PermanentError
from common.observability import count, log_context, log_fields, logger, observed
from common.publisher import BusPublisher, publish_all_or_raise
from common.quarantine import QueueQuarantine
from common.settings import load
from contracts import ContractError, parse
from warehouse.plan import PRODUCER, follow_up
from warehouse.reservation import demand_of
from warehouse.reserve import settle
from warehouse.settings import Settings
from warehouse.stock import Stock

if TYPE_CHECKING:
    from contracts.generated.types import OrderChanged

_settings = load(Settings)
_stock = Stock(client("dynamodb"), _settings.stock_table)
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
        demand = demand_of(change)
        if demand is None:
            logger.info("Nothing to do", extra=log_fields(outcome="ignored"))
            return
        reservation, moves = settle(demand, _stock, remaining_ms)
        event = follow_up(reservation, demand)
        # Also when no move was left to make: an earlier attempt may have ended right before this line.
        publish_all_or_raise(_publisher, [event] if event else [], remaining_ms)

        count("Duplicates" if moves == 0 else f"Stock{reservation.state.capitalize()}")
        logger.info("Stock settled", extra=log_fields(outcome=reservation.state if moves else "duplicate"))
