"""The receivers of an event, whether and why it is sent to each of them, and the state of each delivery."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from orderflow_cli.environments import resource_name
from orderflow_cli.observe.events import Event
from orderflow_cli.observe.failures import TraceStep
from orderflow_cli.observe.flow import Flow, Function
from orderflow_cli.observe.partners import Partner
from orderflow_cli.routes.engine import Engine, Question
from orderflow_cli.routes.verdicts import Answer, Verdict, decide_match, find_values, has_object_list_leaf, parse_leaves

MAX_CACHED_RESULTS = 20_000


@dataclass(frozen=True)
class Receiver:
    """A receiver of events through the rule or subscription `arn`. `function`: the role of the function that handles
    them, if any; `partner`: the partner that an API destination calls."""

    name: str
    kind: str
    filter: str
    function: str | None = None
    partner: str | None = None
    enabled: bool = True
    queue: str | None = None
    arn: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Delivery:
    """The delivery of an event to a receiver. `answer`: the filter's verdict; `reason`: why; `handled_at`: when the
    receiver handled the event; `problem`: what prevents the receiver from handling it."""

    receiver: Receiver
    answer: Answer
    reason: str
    handled_at: datetime | None = None
    problem: str = ""

    @property
    def state(self) -> str:
        """The state: `handled`, `not sent`, `failing` or `on its way`."""
        if self.answer is Answer.NO:
            return "not sent"
        return "handled" if self.handled_at else "failing" if self.problem else "on its way"


# The kinds of records that a partner keeps for each type of event.
_ENTRY_KINDS = {"PaymentRequested": ("payment", "refused"), "RefundRequested": ("refund",)}
_ENTRY_KINDS |= {"OrderShipped": ("shipment",), "PaymentDeadlinePassed": ("void", "capture")}


def find_receivers(flow: Flow, event: Event) -> Iterator[Receiver]:
    """Yield every receiver on the event's bus or topic."""
    if event.carrier == "bus":
        for rule in flow.rules:
            for target in rule.targets.values():
                receiver = _new_receiver(flow, rule.role, "rule", json.dumps(rule.pattern), target)
                yield replace(receiver, arn=rule.arn, rule=rule.role, enabled=rule.enabled)
        return
    for one in flow.subscriptions:
        if event.carrier_name.endswith(one.topic):
            policy = json.dumps(one.policy) if one.policy else ""
            yield replace(_new_receiver(flow, one.subscriber, one.scope, policy, one.endpoint), arn=one.arn)


def _new_receiver(flow: Flow, name: str, kind: str, filter_: str, target: str) -> Receiver:
    name_in_arn = resource_name(target)
    if ":api-destination/" in target:
        partner = "carrier" if "carrier" in target or "shipment" in name else "payment_provider"
        return Receiver(name, kind, filter_, partner=partner)
    if ":sqs:" in target:
        role = next((one.function for one in flow.event_source_mappings if one.source == name_in_arn), None)
        return Receiver(role or name_in_arn, kind, filter_, role, queue=name_in_arn)
    function: Function | None = next((one for one in flow.functions if one.name == name_in_arn), None)
    role = function.role if function else None
    return Receiver(role or name, kind, filter_, role)


@dataclass(frozen=True)
class Evidence:
    """The evidence about one order: log lines, partners' records, and the bodies of its dead-letter messages."""

    steps: Sequence[TraceStep] = ()
    partners: Mapping[str, Partner] = field(default_factory=dict)
    dead_letter_bodies: Sequence[str] = ()


def find_deliveries(flow: Flow, event: Event, engine: Engine, evidence: Evidence) -> list[Delivery]:
    """Return the event's delivery to each receiver."""
    return [_new_delivery(flow, one, event, engine, evidence) for one in find_receivers(flow, event)]


def _new_delivery(flow: Flow, receiver: Receiver, event: Event, engine: Engine, evidence: Evidence) -> Delivery:
    verdict = evaluate(receiver, event, engine)
    if verdict.answer is Answer.NO:
        return Delivery(receiver, verdict.answer, verdict.reason)
    handled_at = _find_handling_time(receiver, event, evidence)
    problem = "" if handled_at else _find_problem(flow, receiver, event, evidence)
    return Delivery(receiver, verdict.answer, verdict.reason, handled_at, problem)


def evaluate(receiver: Receiver, event: Event, engine: Engine) -> Verdict:
    """Evaluate the receiver's filter against the event."""
    if not receiver.enabled:
        return Verdict(Answer.NO, ("its rule is disabled",))
    if not receiver.filter:
        return Verdict(Answer.YES, ("has no filter",))
    return decide_match(engine, _new_question(receiver, event))


def _new_question(receiver: Receiver, event: Event) -> Question:
    if receiver.kind == "rule":
        return Question("event", receiver.filter, event.body)
    kind = "body" if receiver.kind == "MessageBody" else "attributes"
    return Question(kind, receiver.filter, event.body, event.attributes)  # type: ignore[arg-type]


class ReceiverFinder:
    """Finds the receivers whose filters match an event, or may match it; caches most results."""

    def __init__(self, flow: Flow, engine: Engine) -> None:
        self._flow = flow
        self._engine = engine
        self._results: dict[tuple[Receiver, str], bool] = {}

    def find_matching_receivers(self, event: Event) -> list[Receiver]:
        return [one for one in find_receivers(self._flow, event) if self._matches(one, event)]

    def _matches(self, receiver: Receiver, event: Event) -> bool:
        question = _new_question(receiver, event)
        if not receiver.filter or not receiver.enabled or has_object_list_leaf(question):
            return evaluate(receiver, event, self._engine).answer is not Answer.NO
        # A filter reads only the values at its leaves.
        key = (receiver, json.dumps([find_values(question, leaf.path) for leaf in parse_leaves(receiver.filter)]))
        if key not in self._results:
            if len(self._results) > MAX_CACHED_RESULTS:
                self._results.clear()
            self._results[key] = evaluate(receiver, event, self._engine).answer is not Answer.NO
        return self._results[key]


def _find_handling_time(receiver: Receiver, event: Event, evidence: Evidence) -> datetime | None:
    if receiver.partner:
        partner = evidence.partners.get(receiver.partner)
        entries = [entry for entry in partner.entries if _belongs_to_event(entry, event)] if partner else []
        return max(event.at, datetime.fromisoformat(entries[0]["at"])) if entries and "at" in entries[0] else None
    steps = [step for step in evidence.steps if step.where == receiver.function and not step.failed]
    return next((step.at for step in steps if step.details.get("event_id") == event.id), None)


def _belongs_to_event(entry: Mapping[str, Any], event: Event) -> bool:
    names = ("refund_id", "shipment_id", "payment_due_at")
    return entry["kind"] in _ENTRY_KINDS.get(event.type, ()) and all(
        entry[name] == event.data[name] for name in names if name in entry and name in event.data
    )


def _find_problem(flow: Flow, receiver: Receiver, event: Event, evidence: Evidence) -> str:
    if receiver.partner:
        partner = evidence.partners.get(receiver.partner)
        return partner.problem if partner else ""
    failed_steps = [step for step in evidence.steps if step.failed and step.where == receiver.function]
    if own_steps := [step for step in failed_steps if step.details.get("event_id") == event.id]:
        reason = own_steps[-1].details.get("reason") or own_steps[-1].message
        detail = own_steps[-1].details.get("detail") or own_steps[-1].details.get("error") or ""
        return f"{reason} ({detail})" if detail else str(reason)
    mappings = [one for one in flow.event_source_mappings if one.source == receiver.queue and one.state != "Enabled"]
    if mappings:
        return f"it does not read its queue {receiver.queue}: its event source mapping is {mappings[0].state}"
    is_dead_letter = any(event.id in text for text in evidence.dead_letter_bodies)
    return "a dead-letter message contains the event" if is_dead_letter else ""
