"""The one way a time is written in an event: RFC 3339, UTC, milliseconds. Such texts sort as the times do."""

from datetime import UTC, datetime


def now() -> str:
    """This moment, for example 2026-03-01T09:30:00.000Z."""
    return to_text(datetime.now(UTC))


def to_text(moment: datetime) -> str:
    """An aware datetime as event text; a naive one raises ValueError because its zone is a guess."""
    if moment.tzinfo is None:
        raise ValueError("the time needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def to_datetime(text: str) -> datetime:
    """An event's time as aware datetime."""
    return datetime.fromisoformat(text)
