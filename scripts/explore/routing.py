"""Who gets what: the rules and filter policies in the plan of the local environment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

PREFIX = "orderflow-local-"
INTAKES = ("intake", "intake_endings")
REQUESTS = ("payment_request", "refund_request", "void_request", "shipment_notice")


@dataclass(frozen=True)
class Routing:
    """`rules`: detail types and sources by role. `policies`: filter policies of the topic by subscriber."""

    rules: Mapping[str, tuple[frozenset[str], frozenset[str]]]
    policies: Mapping[str, Mapping[str, Any]]

    def takers(self, event_type: str, source: str) -> list[str]:
        """The roles of the rules that take an event."""
        return [role for role, (types, sources) in self.rules.items() if event_type in types and source in sources]

    def accepts(self, subscriber: str, document: Mapping[str, Any]) -> bool:
        return _accepts(self.policies[subscriber], document)


@cache
def read(plan: Path) -> Routing:
    """Read the plan's JSON."""
    changes = json.loads(plan.read_text(encoding="utf-8"))["resource_changes"]
    planned = [(change["type"], change.get("index", ""), change["change"]["after"]) for change in changes]
    rules, policies = {}, {}
    for kind, index, values in planned:
        if kind == "aws_cloudwatch_event_rule":
            role = values["name"].removeprefix(PREFIX).replace("-", "_")
            if role in (*INTAKES, *REQUESTS):
                pattern = json.loads(values["event_pattern"])
                rules[role] = (frozenset(pattern["detail-type"]), frozenset(pattern["source"]))
        elif kind == "aws_sns_topic_subscription" and values.get("filter_policy"):
            policies[str(index)] = json.loads(values["filter_policy"])
    return Routing(rules, policies)


def _accepts(policy: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    """Whether a filter policy over the message body takes a document: every key, any of its values."""
    for name, wanted in policy.items():
        value = document.get(name)
        if isinstance(wanted, Mapping):
            if not isinstance(value, Mapping) or not _accepts(wanted, value):
                return False
        elif not any(_one(rule, each) for rule in wanted for each in (value if isinstance(value, list) else [value])):
            return False
    return True


def _one(rule: Any, value: Any) -> bool:
    return value not in rule["anything-but"] if isinstance(rule, Mapping) else bool(value == rule)
