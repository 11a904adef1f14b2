"""The event contracts: the only code that producers and consumers share.

``make generate`` derives generated/ from the sources in schemas/. It is committed, so that a function reads and
compiles no schema when it starts; the validator of an event type is imported when its first event arrives."""

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
