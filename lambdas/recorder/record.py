"""Applies one event to one order in the table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from common.attribute_values import from_item
from common.errors import PermanentError, TransientError
from contracts import Event, times
from recorder.effects import RecordingSettings, derive_changes
from recorder.guards import Order
from recorder.preconditions import NEW_ORDER, Conditions, build_order, derive_preconditions
from recorder.transitions import CANCELLED, PLACED, STATUSES, TRANSITIONS, WRITING_OUTCOMES, Decision, Outcome, decide
from recorder.update import build_update_arguments

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

# Each failed attempt means that another event was applied; an order rarely has this many concurrent events.
_MAX_ATTEMPTS = 5
_ATTRIBUTE_TYPES = {"status": str, "version": int, "payments": dict, "refunds": dict, "applied": dict, "total": dict}


@dataclass(frozen=True, slots=True)
class RecordResult:
    """The outcome of an event; `version` is the order's new version, or None if nothing was written."""

    decision: Decision
    previous_status: str | None
    version: int | None


class _ConditionFailed(Exception):  # noqa: N818 - a response, handled in this module
    """The condition of a write failed; `order` is the order in the table."""

    def __init__(self, order: Order | None) -> None:
        super().__init__()
        self.order = order


class Recorder:
    """Applies each event to the orders table exactly once, even with concurrent writes."""

    def __init__(
        self, client: "DynamoDBClient", table: str, settings: RecordingSettings, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._table = table
        self._settings = settings
        self._now = now

    def record(self, event: Event) -> RecordResult:
        """Write the event's changes to its order, if any, and return the outcome.

        Raises:
            TransientError: the table is unavailable, or other events changed the order at every attempt.
            PermanentError: events of this type change no order, the order's item may have expired already, or the item
                cannot be read or written."""
        if event["metadata"]["event_type"] not in TRANSITIONS:
            raise PermanentError("not_for_recorder", f"no transition exists for {event['metadata']['event_type']}")
        must_read = self._settings.is_rebuilding or self._may_have_expired(event)
        conditions = None if must_read else derive_preconditions(event)
        try:
            if conditions is not None:
                return self._apply(event, build_order(conditions), conditions)
            order = self._read_order(event["data"]["order_id"])
        except _ConditionFailed as failed_write:
            order = failed_write.order
        for _ in range(_MAX_ATTEMPTS):
            try:
                return self._apply(event, order, NEW_ORDER if order is None else {("version",): order["version"]})
            except _ConditionFailed as failed_write:
                order = failed_write.order
        raise TransientError("contended", f"other events changed the order during all {_MAX_ATTEMPTS} write attempts")

    def _apply(self, event: Event, order: Order | None, conditions: Conditions) -> RecordResult:
        decision = decide(event, order)
        if order is None and decision.outcome in WRITING_OUTCOMES and self._may_have_expired(event):
            raise PermanentError("too_old", "the order is older than the retention period")
        status = order["status"] if order else None
        if self._settings.is_rebuilding and status == PLACED and decision.status == CANCELLED:
            # The replay may not have reached the events by which the order was paid, shipped or refunded.
            decision = Decision(Outcome.EARLY, status, None)
        version = self._write(event, order, decision, conditions) if decision.outcome in WRITING_OUTCOMES else None
        return RecordResult(decision, status, version)

    def _may_have_expired(self, event: Event) -> bool:
        """Return whether an order is so old that it may have expired and must not be recorded and charged again."""
        placed_at = event["data"].get("placed_at")
        retention = timedelta(days=self._settings.order_retention_days)
        return placed_at is not None and times.to_datetime(placed_at) < self._now() - retention

    def _write(self, event: Event, order: Order | None, decision: Decision, conditions: Conditions) -> int:
        changes = derive_changes(event, order or {}, decision, self._settings, self._now())
        arguments = build_update_arguments(
            event["data"]["order_id"], changes, conditions, self._settings.restored_suffix
        )
        response = self._call(lambda: self._client.update_item(TableName=self._table, **arguments))
        return int(response["Attributes"]["version"]["N"]) if order else 1

    def _read_order(self, order_id: str) -> Order | None:
        key = {"order_id": {"S": order_id}}
        response = self._call(lambda: self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True))
        return _parse_order(response.get("Item"))

    def _call(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "ConditionalCheckFailedException":
                raise _ConditionFailed(_parse_order(error.response.get("Item"))) from None
            if code == "ValidationException":
                raise PermanentError("write_refused", "DynamoDB rejected the request as invalid") from error
            raise TransientError("table_unavailable", code) from error
        except BotoCoreError as error:
            raise TransientError("table_unavailable", type(error).__name__) from error


def _parse_order(item: Any) -> Order | None:
    if not item:
        return None
    try:
        order = from_item(item)
    except ValueError as error:
        raise PermanentError("order_unreadable", str(error)) from error
    invalid_names = [name for name, kind in _ATTRIBUTE_TYPES.items() if not isinstance(order.get(name), kind)]
    if invalid_names or order["status"] not in STATUSES:
        names_text = ", ".join(invalid_names) or "status"
        detail = f"the order's item has missing or invalid attributes: {names_text}. Repair the item."
        raise PermanentError("order_unreadable", detail)
    return order


def raise_for_outcome(event: Event, result: RecordResult) -> None:
    """Raise an error for outcomes that must not be acknowledged.

    Raises:
        TransientError: the event is early: an event that has to precede it may still arrive.
        PermanentError: the event is illegal in the order's state."""
    decision = result.decision
    order = "a nonexistent order" if decision.status is None else f"a {decision.status} order"
    detail = f"{event['metadata']['event_type']} for {order}"
    if decision.outcome is Outcome.EARLY:
        raise TransientError("early", detail)
    if decision.outcome is Outcome.ILLEGAL:
        raise PermanentError(str(decision.reason), detail)
