"""Routes events by the rules and filter policies of the local environment, using the code of `orderflow routes`."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from orderflow_cli.routes import Answer, Routes, event

RULE_NAME_PREFIX = "orderflow-local-"
INTAKE_RULE = "intake"
REQUEST_RULES = ("payment_request", "refund_request", "void_request", "shipment_notice")


class Routing:
    def __init__(self, routes: Routes) -> None:
        self._routes = routes
        rules = {one.rule.value("name"): one for one in routes.topology.receivers if one.rule}
        names = {role: RULE_NAME_PREFIX + role.replace("_", "-") for role in (INTAKE_RULE, *REQUEST_RULES)}
        self._rules = {role: rules[name] for role, name in names.items() if name in rules}
        subscriptions = (one for one in routes.topology.receivers if one.kind == "subscription" and one.filters)
        self._subscriptions = {json.loads(one.resource.key)[0]: one for one in subscriptions if one.resource.key}
        self.matching_rules = cache(self._matching_rules)

    def _matching_rules(self, event_type: str, source: str) -> list[str]:
        """Return the roles of the rules that match the event."""
        params = event(source, event_type, {}, account=self._routes.plan.account)
        return [role for role, rule in self._rules.items() if self._routes.matches(rule, params.body) is Answer.YES]

    def accepts(self, subscriber: str, document: Mapping[str, Any]) -> bool:
        return self._routes.matches(self._subscriptions[subscriber], document) is Answer.YES


@cache
def read(plan_path: Path) -> Routing:
    """Return the routing that a JSON plan defines."""
    return Routing(Routes.read(plan_path))
