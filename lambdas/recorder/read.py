"""Parses the event in a queue message from an EventBridge rule."""

from typing import Any

from common.errors import PermanentError
from contracts import MAX_EVENT_BYTES, ContractError, Event, read, strict_json

# The maximum size of EventBridge's envelope: ids, account, region, time, and the producer's resources.
_MAX_ENVELOPE_BYTES = 16_384


def read_event(body: str) -> Event:
    """Return the event in an EventBridge envelope.

    Raises:
        PermanentError: the text is not JSON or not an envelope, the event violates its contract, or the envelope and
            the event differ in type or producer. Rules and permissions apply to the envelope, so such an event has
            passed a rule, and a permission, that were not meant for it."""
    try:
        envelope = strict_json.loads(body, max_bytes=MAX_EVENT_BYTES + _MAX_ENVELOPE_BYTES, reject_inexact_values=False)
    except strict_json.StrictJsonError as error:
        raise PermanentError("malformed_json", str(error)) from None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("detail"), dict):
        raise PermanentError("not_an_event", "the message must be an EventBridge event whose detail is an object")
    try:
        event = read(envelope["detail"])
    except ContractError as error:
        raise PermanentError(error.code, str(error)) from None
    _check_envelope_and_partner(envelope, event)
    return event


def _check_envelope_and_partner(envelope: dict[str, Any], event: Event) -> None:
    metadata = event["metadata"]
    if envelope.get("detail-type") != metadata["event_type"]:
        raise PermanentError("envelope_mismatch", "detail-type must equal metadata.event_type")
    if envelope.get("source") != f"orderflow.{metadata['producer']}":
        raise PermanentError("envelope_mismatch", "source must be orderflow.<metadata.producer>")
    # A partner's archived order may be older than data.partner; EventBridge adds replay-name when it is replayed.
    if metadata["producer"] == "partner" and "partner" not in event["data"] and "replay-name" not in envelope:
        raise PermanentError("missing_field", "data.partner: is required if metadata.producer is partner")
