"""Which target wants which event, as the plan of the local environment says and the emulator's matcher decides."""

import json
from collections.abc import Callable
from functools import cache

from orderflow_cli.build import plans
from orderflow_cli.routes import Answer, Routes
from orderflow_cli.routes.topology import Receiver

ACCOUNT = "123456789012"
"""moto's. The plan is of another account, whose number stands in its patterns."""
_PREFIX = "orderflow-local-"


def wanted_by_rule(role: str) -> Callable[[str], bool]:
    """Whether the target of a rule gets the event with this text, by the rule or by its redrive rule."""
    routes, receivers = _routes(), _rules(role)

    def wanted(body: str) -> bool:
        event = {**json.loads(body), "account": routes.plan.account}
        return any(routes.takes(one, event) is Answer.YES for one in receivers)

    return wanted


def redrive_source(role: str) -> str:
    """The source under which a redrive sends to a rule's target again."""
    (rule,) = [one.rule for one in _rules(role) if one.rule and _role(one) != role]
    return str(json.loads(rule.values["event_pattern"])["source"][0])


def wanted_by_subscriber(name: str) -> Callable[[str], bool]:
    """Whether a subscriber of the topic gets the message with this text."""
    routes = _routes()
    (receiver,) = [
        one
        for one in routes.topology.receivers
        if one.kind == "subscription"
        and one.resource.key == f'["{name}"]'
        and one.source.name.endswith("-order-changes")
    ]
    return lambda body: routes.takes(receiver, json.loads(body)) is Answer.YES


@cache
def _routes() -> Routes:
    return Routes.read(plans.make(["local"])["local"], source=plans.SOURCE / "environments" / "local")


def _rules(role: str) -> list[Receiver]:
    """The receiver of a rule, and those that send to the same target: its redrive rule."""
    receivers = [one for one in _routes().topology.receivers if one.kind == "rule target"]
    (own,) = [one for one in receivers if _role(one) == role]
    return [one for one in receivers if one.target == own.target]


def _role(receiver: Receiver) -> str:
    """A rule's name without project and environment: payment_request."""
    name = receiver.rule.values["name"] if receiver.rule else ""
    return str(name).removeprefix(_PREFIX).replace("-", "_")
