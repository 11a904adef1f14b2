"""Transforms a stream record of the orders table into an event, without I/O.

The stream contains every committed change once, in sequence for each order, so publishing from it keeps the table and
the topic consistent without a transaction that spans both."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from common.attribute_values import from_item
from common.errors import PermanentError
from common.observability import bind_log_fields, count, log_fields, logger
from common.order_item import PRIVATE_FIELDS, redact_order
from contracts import Event, new_event, times

PRODUCER = "relay"
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html
_TTL_IDENTITY = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}

type Image = dict[str, Any]


def to_event(record: Mapping[str, Any]) -> Event | None:
    """Return the event for a stream record; None if only private fields changed.

    The publisher validates the event; validating it here as well would take a seventh of the relay's CPU time.

    Raises:
        PermanentError: the record lacks an image, its order is invalid, or the version did not increase with a public
            change, so that consumers would ignore it as a duplicate."""
    if record.get("eventSource") != "aws:dynamodb" or "dynamodb" not in record:
        raise PermanentError("not_a_stream_record", "the record must come from a DynamoDB stream")
    match name := record.get("eventName"):
        case "INSERT":
            return _build_creation_event(record, _image(record, "NewImage"))
        case "MODIFY":
            return _build_update_event(record, _image(record, "OldImage"), _image(record, "NewImage"))
        case "REMOVE":
            return _build_deletion_event(record, _image(record, "OldImage"))
    raise PermanentError("not_a_stream_record", f"eventName must be INSERT, MODIFY or REMOVE; got {name}")


def _image(record: Mapping[str, Any], name: str) -> Image:
    image = record["dynamodb"].get(name)
    if not isinstance(image, Mapping):
        raise PermanentError("image_missing", f"the record must have {name}. Set the view type NEW_AND_OLD_IMAGES.")
    try:
        item = from_item(image)
    except (AttributeError, TypeError, ValueError) as error:
        raise PermanentError("unreadable_image", f"{name} must be a valid order: {type(error).__name__}") from error
    bind_log_fields(order_id=item.get("order_id"), correlation_id=item.get("correlation_id"))
    return item


def _version(image: Image) -> int:
    version = image.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise PermanentError("version_missing", "an order's version must be an integer of at least 1")
    return version


def _build_creation_event(record: Mapping[str, Any], after: Image) -> Event:
    if _version(after) != 1:
        raise PermanentError("version_unexpected", f"the version of a new order must be 1; got {_version(after)}")
    return _build_order_changed(record, None, after)


def _build_update_event(record: Mapping[str, Any], before: Image, after: Image) -> Event | None:
    if _version(after) > _version(before):
        return _build_order_changed(record, before, after)
    if _version(after) == _version(before) and _public_fields(before) == _public_fields(after):
        logger.info("No public change", extra=log_fields(version=after["version"]))
        count("NoPublicChange")
        return None
    raise PermanentError("version_not_increased", f"version must exceed {_version(before)}; got {_version(after)}")


def _build_order_changed(record: Mapping[str, Any], before: Image | None, after: Image) -> Event:
    old_fields, new_fields = _public_fields(before or {}), _public_fields(after)
    # The event about an erasure must not contain the erased data.
    published_old_fields = _public_fields(redact_order(before)) if before and "erased_at" in after else old_fields
    names = old_fields.keys() | new_fields.keys()
    changed_fields = sorted(name for name in names if old_fields.get(name, ...) != new_fields.get(name, ...))
    data = {
        "order_id": after.get("order_id"),
        "version": after["version"],
        "change": "updated" if before else "created",
        "status": after.get("status"),
        "previous_status": before.get("status") if before else None,
        "channel": after.get("channel"),
        "changed_fields": changed_fields,
        "before": published_old_fields if before else None,
        "after": new_fields,
    }
    return _new_event(
        "OrderChanged", data, record, after, at=after.get("updated_at"), causation_id=after.get("last_event_id")
    )


def _build_deletion_event(record: Mapping[str, Any], before: Image) -> Event:
    cause = "expired" if _is_ttl_deletion(record) else "deleted"
    data = {"order_id": before.get("order_id"), "version": _version(before), "cause": cause}
    at = times.to_text(datetime.fromtimestamp(record["dynamodb"]["ApproximateCreationDateTime"], UTC))
    return _new_event("OrderDeleted", data | {"before": _public_fields(before)}, record, before, at=at)


def _new_event(
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


def _is_ttl_deletion(record: Mapping[str, Any]) -> bool:
    identity = record.get("userIdentity") or {}
    return {name: identity.get(name) for name in _TTL_IDENTITY} == _TTL_IDENTITY


def _public_fields(image: Image) -> Image:
    return {name: value for name, value in image.items() if name not in PRIVATE_FIELDS}
