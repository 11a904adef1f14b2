"""The Lambda entry point of the relay: handles batches of records from the stream of the orders table."""

from typing import Any

from common.aws import client
from common.batch import BatchResponse, process_stream_batch
from common.observability import observe_handler
from common.publisher import TopicPublisher
from common.quarantine import BucketQuarantine
from common.settings import load
from relay.settings import Settings
from relay.transform import to_event

_settings = load(Settings)
_publisher = TopicPublisher(client("sns"), _settings.topic_arn)
_quarantine = BucketQuarantine(client("s3"), _settings.failure_bucket, "relay")


@observe_handler
def handler(event: dict[str, Any], context: Any) -> BatchResponse:
    """Publish the events for the records of the batch; return the first record to retry, if any."""
    return process_stream_batch(event, to_event, _publisher, _quarantine, context.get_remaining_time_in_millis)
