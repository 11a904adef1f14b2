"""The Lambda entry point of the webhooks API."""

from typing import TYPE_CHECKING, Any

from common import aws
from common.observability import observe_handler
from common.publisher import BusPublisher
from common.settings import load
from webhooks.receive import Webhooks
from webhooks.secret_store import SecretStore
from webhooks.settings import Settings
from webhooks.translate import PRODUCER

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(Settings)
webhooks = Webhooks(
    secrets=SecretStore(aws.client("secretsmanager"), settings.webhook_secret_id),
    publisher=BusPublisher(aws.client("events"), settings.bus_name, PRODUCER),
)


@observe_handler
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Return the response to one request to the HTTP API (payload format 2.0)."""
    return webhooks.respond(event, context.get_remaining_time_in_millis)
