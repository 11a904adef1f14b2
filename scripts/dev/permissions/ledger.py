"""Compares grants with calls, both ways."""

import re
from collections.abc import Iterable

from dev.permissions.calls import Call
from dev.permissions.grants import Grant


def allows(grant: Grant, call: Call) -> bool:
    """Whether the grant covers the call, conditions on events included."""
    asked = dict(part.partition("=")[::2] for part in grant.condition.split("; "))
    return (
        (grant.role, grant.action) == (call.role, call.action)
        and bool(_pattern(grant.resource).fullmatch(call.resource))
        and asked.get("events:source", call.source) == call.source
        and asked.get("events:detail-type", call.detail_type) == call.detail_type
    )


def _pattern(resource: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, resource.split("*"))))


def unused(grants: Iterable[Grant], calls: Iterable[Call]) -> list[Grant]:
    """Grants that no call needed."""
    made = list(calls)
    return sorted(grant for grant in grants if not any(allows(grant, call) for call in made))


def ungranted(grants: Iterable[Grant], calls: Iterable[Call]) -> list[Call]:
    """Calls that no grant covers."""
    given = list(grants)
    return sorted(call for call in calls if not any(allows(grant, call) for grant in given))
