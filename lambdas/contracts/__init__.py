"""The event contracts, which producers and consumers share.

``make generate`` generates the code in generated/ from schemas/. The code is committed, so that a function reads and
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
