"""Parses the event in a queue message from an EventBridge rule."""

from typing import Any

from common.errors import PermanentError
from contracts import MAX_EVENT_BYTES, ContractError, Event, read, strict_json

# The maximum size of EventBridge's envelope: ids, account, region, time, and the sender's resources.
_ENVELOPE_BYTES = 16_384


def read_event(body: str) -> Event:
    """Return the event in an EventBridge envelope.

    Raises:
        PermanentError: when the text is no JSON, no envelope, breaks its contract, or says different things about
            itself inside and outside. Rules route by the envelope, so an event whose inside names another type or
            producer has passed a rule, and a permission, that were not meant for it."""
    try:
        envelope = strict_json.loads(body, max_bytes=MAX_EVENT_BYTES + _ENVELOPE_BYTES, reads_all=False)
    except strict_json.StrictJsonError as error:
        raise PermanentError("malformed_json", str(error)) from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("detail"), dict):
        raise PermanentError("not_an_event", "the message is not an EventBridge event with an object as its detail")
    try:
        event = read(envelope["detail"])
    except ContractError as error:
        raise PermanentError(error.code, str(error)) from None
    _require_agreement(envelope, event)
    return event


def _require_agreement(envelope: dict[str, Any], event: Event) -> None:
    metadata = event["metadata"]
    if envelope.get("detail-type") != metadata["event_type"]:
        raise PermanentError("envelope_mismatch", "detail-type is not metadata.event_type")
    if envelope.get("source") != f"orderflow.{metadata['producer']}":
        raise PermanentError("envelope_mismatch", "source is not that of metadata.producer")
    # Archives hold orders of partners that did not say yet what their ids are made of. EventBridge sets replay-name.
    if metadata["producer"] == "partner" and "partner" not in event["data"] and "replay-name" not in envelope:
        raise PermanentError("missing_field", "data.partner: is required of the producer partner")
