"""Parses and formats points in time, such as `2026-11-23T08:00:00Z`, and ages, such as `45m`, `6h` or `2d`."""

import argparse
import re
from datetime import UTC, datetime, timedelta

_AGE = re.compile(r"(\d{1,4})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def now() -> datetime:
    return datetime.now(UTC)


def parse_time(text: str) -> datetime:
    """Parse a point in time, for argparse. A time without a zone is rejected as ambiguous."""
    if match := _AGE.fullmatch(text):
        return now() - timedelta(**{_UNITS[match[2]]: int(match[1])})
    try:
        parsed = datetime.fromisoformat(text)
        moment = parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"must be a time such as 2026-11-23T08:00:00Z, or an age such as 45m, 6h or 2d; got {text or 'nothing'}"
        ) from None
    if parsed.tzinfo is None:
        raise argparse.ArgumentTypeError(f"must have a time zone, such as Z (UTC) or +01:00; got {text}")
    return moment


def rfc3339(moment: datetime) -> str:
    """Format a time as RFC 3339, in UTC and whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def age(moment: datetime | None) -> str:
    """Format how long ago a time was: `12 min`, `3.5 h`, `2.0 d`; a dash for None."""
    if moment is None:
        return "-"
    seconds = max(0.0, (now() - moment).total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"
