"""The time format of events: RFC 3339, UTC, milliseconds. Such strings sort chronologically."""

import re
from datetime import UTC, datetime, timedelta

_RFC_3339 = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?P<minute>[0-9]{2}:[0-9]{2}):(?P<second>[0-9]{2})"
    r"(?P<fraction>\.[0-9]+)?(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def utc_now() -> datetime:
    """Return the current time; the only clock that the functions use."""
    return datetime.now(UTC)


def now() -> str:
    """Return the current time, for example 2026-03-01T09:30:00.000Z."""
    return to_text(utc_now())


def plausible_range(past_days: int) -> tuple[str, str]:
    """Return the range of plausible foreign times: from `past_days` ago to one day ahead."""
    now = utc_now()
    return to_text(now - timedelta(days=past_days)), to_text(now + timedelta(days=1))


def to_text(moment: datetime) -> str:
    """Format an aware datetime for events; a naive one raises ValueError, as its zone is unknown."""
    if moment.tzinfo is None:
        raise ValueError("the time needs a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def to_datetime(text: str) -> datetime:
    """Parse an event's time as an aware datetime."""
    return datetime.fromisoformat(text)


def from_rfc3339(text: str) -> datetime:
    """Parse any RFC 3339 time as UTC: any offset and precision, lower-case t and z, a leap second.

    A leap second, the last of a month, is the first moment of the next one. Raises ValueError for every other text.
    https://www.rfc-editor.org/rfc/rfc3339#section-5.6"""
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError("the text is not an RFC 3339 time with an offset")
    is_leap = match["second"] == "60"
    second = "59" if is_leap else match["second"]
    fraction = "" if is_leap else (match["fraction"] or "")[:7]
    moment = datetime.fromisoformat(f"{match['day']}T{match['minute']}:{second}{fraction}{match['offset'].upper()}")
    try:
        found = moment.astimezone(UTC) + timedelta(seconds=is_leap)
    except OverflowError:
        raise ValueError("the time is out of range") from None
    if is_leap and (found.day, found.hour, found.minute) != (1, 0, 0):
        raise ValueError("a leap second must be the last second of a month")
    return found
