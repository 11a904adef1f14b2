"""The Lambda entry point of pos_import, invoked for every new till file."""

from typing import TYPE_CHECKING, Any

from common import aws
from common.observability import observe_handler
from common.publisher import BusPublisher
from common.quarantine import QueueQuarantine
from common.settings import load
from pos_import.receive import Importer
from pos_import.settings import Settings
from pos_import.till_bucket import TillBucket
from pos_import.translate import PRODUCER

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(Settings)
importer = Importer(
    bucket=TillBucket(aws.client("s3")),
    publisher=BusPublisher(aws.client("events"), settings.bus_name, PRODUCER),
    quarantine=QueueQuarantine(aws.client("sqs"), settings.dead_letter_queue_url, PRODUCER),
    order_retention_days=settings.order_retention_days,
)


@observe_handler
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Import one till file; `event` is an S3 Object Created event delivered by EventBridge."""
    return importer.receive(event, context.get_remaining_time_in_millis)
