"""Applies one event to one order in the table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import from_item
from common.errors import PermanentError, TransientError
from contracts import Event, times
from recorder.effects import Terms, changes_of
from recorder.guards import Order
from recorder.preconditions import NEW_ORDER, Conditions, order_of, preconditions_of
from recorder.transitions import CANCELLED, PLACED, STATUSES, TABLE, WRITING, Decision, Outcome, decide
from recorder.update import update_arguments

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# Every failed attempt means that another event was applied; an order never has this many at once.
_ATTEMPTS = 5
_REQUIRED = {"status": str, "version": int, "payments": dict, "refunds": dict, "applied": dict, "total": dict}


@dataclass(frozen=True, slots=True)
class Recorded:
    """The outcome of an event: `version` is the order's version if something was written."""

    decision: Decision
    previous_status: str | None
    version: int | None


class _Refused(Exception):  # noqa: N818 - an answer, handled here, not an error
    """The condition of a write failed; `order` is the item in the table."""

    def __init__(self, order: Order | None) -> None:
        super().__init__()
        self.order = order


class Recorder:
    """Applies each event to the orders table exactly once, also under concurrent writes."""

    def __init__(self, client: "DynamoDBClient", table: str, terms: Terms, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._terms = terms
        self._now = now

    def record(self, event: Event) -> Recorded:
        """Write the event's changes to its order, if any, and return the outcome.

        Raises:
            TransientError: the table cannot be reached, or other writes were always faster.
            PermanentError: the event changes no order, comes when the order's item may have expired already, or the
                item cannot be read or written."""
        if event["metadata"]["event_type"] not in TABLE:
            raise PermanentError("not_for_recorder", f"{event['metadata']['event_type']} changes no order")
        looks = self._terms.rebuilding or self._may_have_expired(event)
        conditions = None if looks else preconditions_of(event)
        try:
            if conditions is not None:
                return self._settle(event, order_of(conditions), conditions)
            order = self._read(event["data"]["order_id"])
        except _Refused as refused:
            order = refused.order
        for _ in range(_ATTEMPTS):
            try:
                return self._settle(event, order, NEW_ORDER if order is None else {("version",): order["version"]})
            except _Refused as refused:
                order = refused.order
        raise TransientError("contended", f"the order was changed {_ATTEMPTS} times while it was to be written")

    def _settle(self, event: Event, order: Order | None, conditions: Conditions) -> Recorded:
        decision = decide(event, order)
        if order is None and decision.outcome in WRITING and self._may_have_expired(event):
            raise PermanentError("too_old", "the order is older than the retention of orders")
        status = order["status"] if order else None
        if self._terms.rebuilding and status == PLACED and decision.status == CANCELLED:
            # The order's payment may be in refund, and its goods may have left.
            decision = Decision(Outcome.EARLY, status, None)
        version = self._write(event, order, decision, conditions) if decision.outcome in WRITING else None
        return Recorded(decision, status, version)

    def _may_have_expired(self, event: Event) -> bool:
        """Return whether a new order is so old that it may have expired: it must not be recorded and charged again."""
        placed_at = event["data"].get("placed_at")
        retention = timedelta(days=self._terms.order_retention_days)
        return placed_at is not None and times.to_datetime(placed_at) < self._now() - retention

    def _write(self, event: Event, order: Order | None, decision: Decision, conditions: Conditions) -> int:
        changes = changes_of(event, order or {}, decision, self._terms, self._now())
        arguments = update_arguments(event["data"]["order_id"], changes, conditions, self._terms.restored)
        answer = self._call(lambda: self._client.update_item(TableName=self._table, **arguments))
        return int(answer["Attributes"]["version"]["N"]) if order else 1

    def _read(self, order_id: str) -> Order | None:
        key = {"order_id": {"S": order_id}}
        answer = self._call(lambda: self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True))
        return _order(answer.get("Item"))

    def _call(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConditionalCheckFailedException":
                raise _Refused(_order(error.response.get("Item"))) from None
            if code == "ValidationException":
                raise PermanentError("write_refused", "DynamoDB rejected the write of the order as invalid") from error
            raise TransientError("table_unavailable", code) from error
        except BotoCoreError as error:
            raise TransientError("table_unavailable", type(error).__name__) from error


def _order(item: Any) -> Order | None:
    if not item:
        return None
    try:
        order = from_item(item)
    except ValueError as error:
        raise PermanentError("order_unreadable", str(error)) from error
    broken = [name for name, kind in _REQUIRED.items() if not isinstance(order.get(name), kind)]
    if broken or order["status"] not in STATUSES:
        raise PermanentError("order_unreadable", f"the recorder did not write the order's item: {broken or ['status']}")
    return order


def require_settled(event: Event, recorded: Recorded) -> None:
    """Raise an error for outcomes that must not be acknowledged.

    Raises:
        TransientError: the event is early: what has to come first may be on its way.
        PermanentError: the event is illegal for the order as it is."""
    decision = recorded.decision
    order = "an order that does not exist" if decision.status is None else f"an order that is {decision.status}"
    sentence = f"{event['metadata']['event_type']} for {order}"
    if decision.outcome is Outcome.EARLY:
        raise TransientError("early", sentence)
    if decision.outcome is Outcome.ILLEGAL:
        raise PermanentError(str(decision.reason), sentence)
