"""Creates, parses and validates events of any type."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any, Final, cast

from . import ids, rules, strict_json, times
from .errors import ContractError
from .event import Event, encode
from .generated.index import VALIDATORS

MAX_EVENT_BYTES: Final = 1_048_576
"""Maximum size of an event to parse. PutEvents accepts less than 1 MB, SNS 256 KiB by default.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html"""


def new_event(
    event_type: str,
    data: Mapping[str, Any],
    *,
    producer: str,
    correlation_id: str,
    causation_id: str | None = None,
    event_id: str | None = None,
    occurred_at: str | datetime | None = None,
    schema_version: int = 1,
    check: bool = True,
) -> Event:
    """Create a complete, valid event. Raises ContractError if data or an id violates the contract.

    With `check=False`, the event is validated only when the publisher sends it."""
    event: Event = {
        "metadata": {
            "event_id": event_id if event_id is not None else ids.new_id(),
            "event_type": event_type,
            "schema_version": schema_version,
            "occurred_at": _format_time(occurred_at),
            "producer": producer,
            "correlation_id": correlation_id,
            "causation_id": causation_id,
        },
        "data": dict(data),
    }
    if check:
        validate(event, event_type)
    return event


def parse(text: str | bytes, event_type: str | None = None) -> Event:
    """Parse the event in a message. Raises only ContractError; see `read`."""
    try:
        document = strict_json.loads(text, max_bytes=MAX_EVENT_BYTES, reject_inexact_values=False)
    except strict_json.StrictJsonError as error:
        code = "too_large" if error.reason == "too_large" else "malformed_json"
        raise ContractError("event", str(error), code) from None
    return read(document, event_type)


def read(document: object, event_type: str | None = None) -> Event:
    """Return the event in a document that was parsed with reject_inexact_values=False. Raises only ContractError.

    A newer producer may add optional fields to a schema version, with values of any type. A consumer that does not know
    them must not fail, so undeclared fields are removed here and no function stores or forwards them
    (docs/adr/0002-contracts.md)."""
    _check(document, event_type, drop_unknown_fields=True)
    event = cast(Event, document)
    try:
        encode(event).encode()
    except UnicodeEncodeError:
        raise ContractError("event", "must not contain a lone surrogate") from None
    return event


def validate(event: Mapping[str, Any], event_type: str | None = None) -> None:
    """Raise ContractError unless the event matches its contract exactly, without undeclared fields."""
    _check(event, event_type, drop_unknown_fields=False)


def _check(event: object, event_type: str | None, *, drop_unknown_fields: bool) -> None:
    if not isinstance(event, dict):
        raise ContractError("event", "must be an object")
    _find_validator(event, event_type)(event, drop_unknown_fields)
    rules.check(cast(Event, event))


def _find_validator(event: dict[str, Any], expected_type: str | None) -> Callable[[dict[str, Any], bool], None]:
    metadata = _require_member(event, "metadata", dict, "metadata", "an object")
    event_type = _require_member(metadata, "event_type", str, "metadata.event_type", "a string")
    version = _require_member(metadata, "schema_version", int, "metadata.schema_version", "a whole number")
    if expected_type is not None and event_type != expected_type:
        raise ContractError("metadata.event_type", f"must be {expected_type}", "wrong_event_type")
    if module_name := VALIDATORS.get((event_type, version)):
        module = import_module(f".generated.validators.{module_name}", __package__)
        return cast(Callable[[dict[str, Any], bool], None], module.validate)
    versions = [str(known_version) for name, known_version in VALIDATORS if name == event_type]
    if not versions:
        raise ContractError("metadata.event_type", "is not a known event type", "unknown_event_type")
    raise ContractError("metadata.schema_version", f"must be {' or '.join(versions)}", "unknown_schema_version")


def _require_member[T](parent: dict[str, Any], name: str, kind: type[T], field: str, type_name: str) -> T:
    if name not in parent:
        raise ContractError(field, "is required", "missing_field")
    value = parent[name]
    if type(value) is not kind:
        raise ContractError(field, f"must be {type_name}")
    return value


def _format_time(time: str | datetime | None) -> str:
    if isinstance(time, datetime):
        return times.to_text(time)
    return times.now() if time is None else time
