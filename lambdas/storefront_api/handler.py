"""The Lambda entry point of the storefront API."""

from typing import TYPE_CHECKING, Any

from common import aws
from common.observability import observe_handler
from common.publisher import BusPublisher
from common.settings import load
from storefront_api.orders import Orders
from storefront_api.place import PRODUCER
from storefront_api.price import Catalog
from storefront_api.route import Api
from storefront_api.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = load(Settings)
api = Api(
    orders=Orders(aws.client("dynamodb"), settings.orders_table, settings.claims_table),
    catalog=Catalog.load(),
    publisher=BusPublisher(aws.client("events"), settings.bus_name, PRODUCER),
    identity_source=settings.identity_source,
    support_scope=settings.support_scope,
    orders_per_hour=settings.orders_per_hour,
)


@observe_handler
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Return the response to one request to the HTTP API (payload format 2.0)."""
    return api.respond(event, context.get_remaining_time_in_millis)
