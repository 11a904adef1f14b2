"""The Lambda entry point of marketplace_orders: publishes a marketplace's orders as OrderPlaced."""

from typing import Any

from common.aws import client
from common.batch import BatchResponse, RemainingMs, Visibility, process_queue_batch
from common.observability import bind_event, log_fields, logger, observe_handler
from common.publisher import BusPublisher, publish_all_or_raise
from common.quarantine import QueueQuarantine
from common.settings import load
from marketplace_orders.settings import Settings
from marketplace_orders.translate import PRODUCER, translate_order

_settings = load(Settings)
_publisher = BusPublisher(client("events"), _settings.bus_name, PRODUCER)
_quarantine = QueueQuarantine(client("sqs"), _settings.dead_letter_queue_url, "marketplace_orders")
_visibility = Visibility(client("sqs"))


@observe_handler
def handler(event: dict[str, Any], context: Any) -> BatchResponse:
    return process_queue_batch(event, _publish_order, _quarantine, _visibility, context.get_remaining_time_in_millis)


def _publish_order(body: str, remaining_ms: RemainingMs) -> None:
    event = translate_order(body)
    bind_event(event)
    publish_all_or_raise(_publisher, [event], remaining_ms)
    logger.info("Order published", extra=log_fields(outcome="accepted"))
