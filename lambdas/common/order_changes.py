"""Parses OrderChanged events from SQS message bodies, which SNS sends with raw message delivery."""

from typing import TYPE_CHECKING, cast

from common.errors import PermanentError
from common.observability import bind_event
from contracts import ContractError, parse

if TYPE_CHECKING:
    from contracts.generated.types import OrderChanged


def read_change(body: str) -> "OrderChanged":
    """Return the OrderChanged event in a message, and add its ids to subsequent log lines.

    Raises:
        PermanentError: the message is not JSON, has another event type or schema version, or violates its contract."""
    try:
        event = parse(body, "OrderChanged")
    except ContractError as error:
        raise PermanentError(error.code, str(error)) from error
    bind_event(event)
    return cast("OrderChanged", event)
