"""The Lambda entry point of the payment deadline, invoked by a schedule."""

import random
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from common import aws
from common.observability import log_context, observe_handler
from common.order_item import PAYMENT_DUE_SHARDS
from common.publisher import BusPublisher
from common.settings import load
from contracts import times
from contracts.ids import new_id
from payment_deadline.find_due import DueOrders
from payment_deadline.publish_due import PRODUCER, publish_passed_deadlines
from payment_deadline.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(Settings)
due_orders = DueOrders(aws.client("dynamodb"), settings.orders_table)
publisher = BusPublisher(aws.client("events"), settings.bus_name, PRODUCER)


@observe_handler
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Publish events for the orders that are due now; ignore the schedule's `event`."""
    correlation_id = new_id()
    with log_context(correlation_id=correlation_id):
        outcome = publish_passed_deadlines(
            due_orders,
            publisher,
            # Shuffled, so that interrupted runs do not always skip the same shard.
            shards=random.sample(PAYMENT_DUE_SHARDS, len(PAYMENT_DUE_SHARDS)),
            now=times.now(),
            correlation_id=correlation_id,
            remaining_ms=context.get_remaining_time_in_millis,
        )
    return asdict(outcome)
