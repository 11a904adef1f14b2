"""Contracts of the events: the only code that producers and consumers share.

schemas/ is the source. generated/ is made from it by ``make generate`` and committed, so that no
schema is read or compiled when a function starts; a type's validator is imported when its first event arrives."""

from .envelope import MAX_EVENT_BYTES, new_event, parse, read, validate
from .errors import ContractError
from .event import Event, Metadata, encode
from .rules import MAX_ORDER_BYTES, MAX_ORDER_LINES

__all__ = [
    "MAX_EVENT_BYTES",
    "MAX_ORDER_BYTES",
    "MAX_ORDER_LINES",
    "ContractError",
    "Event",
    "Metadata",
    "encode",
    "new_event",
    "parse",
    "read",
    "validate",
]
