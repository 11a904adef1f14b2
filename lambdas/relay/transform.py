"""Transforms a record of the orders table's stream into an event. Pure: no AWS, no clock.

The stream gives every change once, in order per order, and only when it was committed: publishing from it is what makes
table and topic agree without writing to both."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from common.attribute_values import from_item
from common.errors import PermanentError
from common.observability import bind_log_fields, count, log_fields, logger
from common.order_item import PRIVATE_FIELDS, tombstone
from contracts import Event, new_event, times

PRODUCER = "relay"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
_EXPIRY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

type Image = dict[str, Any]


def to_event(record: Mapping[str, Any]) -> Event | None:
    """Return the event that a stream record becomes; None for a change of private fields only.

    Whether it keeps its contract is for the publisher to say: a validation is a seventh of the relay's CPU.

    Raises:
        PermanentError: the record is not one that the recorder's writes make. People who edit an order without
            incrementing its version end here, because consumers would ignore the change as a duplicate."""
    if record.get("eventSource") != "aws:dynamodb" or "dynamodb" not in record:
        raise PermanentError("not_a_stream_record", "the record does not come from a DynamoDB stream")
    match record.get("eventName"):
        case "INSERT":
            return _created(record, _image(record, "NewImage"))
        case "MODIFY":
            return _updated(record, _image(record, "OldImage"), _image(record, "NewImage"))
        case "REMOVE":
            return _deleted(record, _image(record, "OldImage"))
    raise PermanentError("not_a_stream_record", "the record has an unknown event name")


def _image(record: Mapping[str, Any], name: str) -> Image:
    image = record["dynamodb"].get(name)
    if not isinstance(image, Mapping):
        raise PermanentError("image_missing", f"{name} is not in the record; the stream must carry both images")
    try:
        item = from_item(image)
    except (AttributeError, TypeError, ValueError) as error:
        raise PermanentError("unreadable_image", f"{name} is not a valid order: {type(error).__name__}") from error
    bind_log_fields(order_id=item.get("order_id"), correlation_id=item.get("correlation_id"))
    return item


def _version(image: Image) -> int:
    version = image.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise PermanentError("version_missing", "the order has no version: it was not written by the recorder")
    return version


def _created(record: Mapping[str, Any], after: Image) -> Event:
    if _version(after) != 1:
        raise PermanentError("version_unexpected", "a new order starts with version 1")
    return _changed(record, None, after)


def _updated(record: Mapping[str, Any], before: Image, after: Image) -> Event | None:
    if _version(after) > _version(before):
        return _changed(record, before, after)
    if _version(after) == _version(before) and _public(before) == _public(after):
        logger.info("No public change", extra=log_fields(version=after["version"]))
        count("NoPublicChange")
        return None
    raise PermanentError("version_not_increased", "the change did not increment the order's version")


def _changed(record: Mapping[str, Any], before: Image | None, after: Image) -> Event:
    old, new = _public(before or {}), _public(after)
    # The event of an erasure must not contain the erased data again.
    shown = _public(tombstone(before)) if before and "erased_at" in after else old
    missing = object()
    changed = sorted(name for name in old.keys() | new.keys() if old.get(name, missing) != new.get(name, missing))
    data = {
        "order_id": after.get("order_id"),
        "version": after["version"],
        "change": "updated" if before else "created",
        "status": after.get("status"),
        "previous_status": before.get("status") if before else None,
        "channel": after.get("channel"),
        "changed_fields": changed,
        "before": shown if before else None,
        "after": new,
    }
    return _event(
        "OrderChanged", data, record, after, at=after.get("updated_at"), causation_id=after.get("last_event_id")
    )


def _deleted(record: Mapping[str, Any], before: Image) -> Event:
    cause = "expired" if _expired(record) else "deleted"
    data = {"order_id": before.get("order_id"), "version": _version(before), "cause": cause, "before": _public(before)}
    moment = datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC)
    return _event("OrderDeleted", data, record, before, at=times.to_text(moment))


def _event(
    kind: str, data: Image, record: Mapping[str, Any], order: Image, *, at: str | None, causation_id: str | None = None
) -> Event:
    return new_event(
        kind,
        data,
        producer=PRODUCER,
        event_id=record.get("eventID", ""),
        occurred_at=at,
        correlation_id=order.get("correlation_id", ""),
        causation_id=causation_id,
        check=False,
    )


def _expired(record: Mapping[str, Any]) -> bool:
    identity = record.get("userIdentity") or {}
    return {name: identity.get(name) for name in _EXPIRY} == _EXPIRY


def _public(image: Image) -> Image:
    return {name: value for name, value in image.items() if name not in PRIVATE_FIELDS}
