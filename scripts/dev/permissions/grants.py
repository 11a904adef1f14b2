"""Grants: one action of one role on one resource, read from policies in a form that no environment changes.

Names lose the prefix of project and environment, ARNs their account and Region, and what AWS makes up (key ids, stream
labels, suffixes of secrets) becomes `*`. So a policy of the local cloud and one planned for prod can be compared.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PUT_EVENTS = "events:PutEvents"
_PREFIX = re.compile(r"\borderflow-(?:local|dev|staging|prod)-")
_ARN = re.compile(r"^arn:aws[a-z-]*:([a-z0-9-]*):([a-z0-9-]*):(\d*):(.*)$")
_ACCOUNT = re.compile(r"[-/]?\b\d{12}\b")
_REGION = re.compile(r"\b[a-z]{2}-[a-z]+-\d\b")
_MADE_UP = (
    (re.compile(r"(?<=^key/).*"), "*"),
    (re.compile(r"(?<=/stream/)[0-9-]+T.*"), "*"),
    (re.compile(r"(?<=^secret:)(.*)-\w{6}$"), r"\1-*"),
    (re.compile(r"(^api-destination/[^/]+)(/.*)?$"), r"\1/*"),
)


@dataclass(frozen=True, order=True)
class Grant:
    """`condition` is what a statement asks for besides, as `key=value,value; key=value`."""

    role: str
    action: str
    resource: str
    condition: str = ""

    def __str__(self) -> str:
        return f"{self.role}: {self.action} on {self.resource}{f' if {self.condition}' if self.condition else ''}"


def short(name: str) -> str:
    """An ARN, a name or an id without what differs between environments."""
    if found := _ARN.match(name):
        name = found[4]
    name = _ACCOUNT.sub("", _PREFIX.sub("", name))
    for made_up, instead in _MADE_UP:
        name = made_up.sub(instead, name)
    return _REGION.sub("<region>", name)


def of_policy(role: str, policy: str | Mapping[str, Any]) -> Iterator[Grant]:
    """What the Allow statements of an identity policy grant, a detail type at a time where they name some."""
    document = json.loads(policy) if isinstance(policy, str) else policy
    for statement in document["Statement"]:
        if statement["Effect"] != "Allow":
            continue
        for action in _listed(statement["Action"]):
            for condition in _conditions(action, statement.get("Condition", {})):
                for resource in _listed(statement["Resource"]):
                    yield Grant(role, action, short(resource), condition)


def _conditions(action: str, tests: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    keys = {key: sorted(map(short, _listed(values))) for test in tests.values() for key, values in test.items()}
    types = keys.get("events:detail-type", []) if action == PUT_EVENTS else []
    for chosen in [{**keys, "events:detail-type": [one]} for one in types] or [keys]:
        yield "; ".join(f"{key}={','.join(values)}" for key, values in sorted(chosen.items()))


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
