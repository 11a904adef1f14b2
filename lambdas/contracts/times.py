"""The time format of events: RFC 3339, UTC, milliseconds. Such strings sort chronologically."""

import re
from datetime import UTC, datetime, timedelta

_RFC_3339 = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt](?P<minute>[0-9]{2}:[0-9]{2}):(?P<second>[0-9]{2})"
    r"(?P<fraction>\.[0-9]+)?(?P<offset>[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def utc_now() -> datetime:
    """Return the current time in UTC, with its time zone."""
    return datetime.now(UTC)


def now() -> str:
    """Return the current time, for example 2026-03-01T09:30:00.000Z."""
    return to_text(utc_now())


def plausible_range(received_at: datetime, past_days: int) -> tuple[str, str]:
    """Return the range of plausible times from another system: `past_days` before to one day after `received_at`."""
    return to_text(received_at - timedelta(days=past_days)), to_text(received_at + timedelta(days=1))


def to_text(moment: datetime) -> str:
    """Format an aware datetime for events; raise ValueError for a naive one, whose time zone is unknown."""
    if moment.tzinfo is None:
        raise ValueError("a datetime must have a time zone")
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def to_datetime(text: str) -> datetime:
    """Parse an event's time as an aware datetime."""
    return datetime.fromisoformat(text)


def from_rfc3339(text: str) -> datetime:
    """Parse any RFC 3339 time and convert it to UTC: any offset and precision, lower-case t and z, leap seconds.

    A leap second, at the end of a month, becomes the first moment of the next month. Raises ValueError for other text.
    https://www.rfc-editor.org/rfc/rfc3339#section-5.6"""
    match = _RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError("the text must be an RFC 3339 time with an offset")
    is_leap_second = match["second"] == "60"
    second = "59" if is_leap_second else match["second"]
    fraction = "" if is_leap_second else (match["fraction"] or "")[:7]
    moment = datetime.fromisoformat(f"{match['day']}T{match['minute']}:{second}{fraction}{match['offset'].upper()}")
    try:
        utc = moment.astimezone(UTC) + timedelta(seconds=is_leap_second)
    except OverflowError:
        raise ValueError("the time must be in the years 1 to 9999 in UTC") from None
    if is_leap_second and (utc.day, utc.hour, utc.minute) != (1, 0, 0):
        raise ValueError("a leap second must be the last second of a month")
    return utc
